-- The store's verbs, one function each. Every write is fenced by (reading, job key, run) and may
-- be sent again: whoever asks twice gets the same answer. May be applied again.

-- Names this store, and proves that it can be written.
CREATE OR REPLACE FUNCTION public.agenthost_open() RETURNS jsonb
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    UPDATE public.agenthost_meta SET value = value WHERE key = 'store_uuid'
        RETURNING pg_catalog.jsonb_build_object('uuid', value, 'schema', 1)
$$;

-- The answer of begin to a job that has nothing to do. Versions from before this program have no
-- return value.
CREATE OR REPLACE FUNCTION public.agenthost_done(p_version public.reading_versions) RETURNS json
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT ('{"begun":"done","value":' || coalesce(p_version.return_value::text,
        pg_catalog.json_build_object('readingId', p_version.reading_id,
            'version', p_version.version_number, 'outcome', 'completed')::text) || '}')::json
$$;

-- Who may work on a reading: {begun: new|resume, run, version}, {begun: busy, holder}, or
-- {begun: done, value} with the value last.
CREATE OR REPLACE FUNCTION public.agenthost_begin(p_reading_id uuid, p_job_key text,
    p_run integer, p_regenerate boolean, p_takeover text, p_agent text, p_user_id uuid,
    p_queue text, p_payload jsonb) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    v_row public.coach_readings;
    v_version public.reading_versions;
    v_run integer := p_run;
    v_last integer;
    v_is_ours boolean;
BEGIN
    INSERT INTO public.coach_readings (id, job_key, run, is_held, user_id, reading_type, queue,
        payload, status, enqueued_at)
        VALUES (p_reading_id, p_job_key, p_run, true, p_user_id, p_agent, p_queue, p_payload,
            'pending', now())
        ON CONFLICT (id) DO NOTHING;
    IF FOUND THEN
        RETURN json_build_object('begun', 'new', 'run', p_run, 'version', 1);
    END IF;
    SELECT * INTO v_row FROM public.coach_readings WHERE id = p_reading_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the reading was deleted meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    v_is_ours := v_row.job_key IS NOT DISTINCT FROM p_job_key;
    SELECT coalesce(max(run), 0) INTO v_last FROM public.reading_versions
        WHERE reading_id = p_reading_id AND job_key = p_job_key;
    -- The largest run of all that is known wins.
    v_run := greatest(v_run, v_last, CASE WHEN v_is_ours THEN v_row.run END);
    IF v_last = v_run THEN
        SELECT * INTO v_version FROM public.reading_versions
            WHERE reading_id = p_reading_id AND job_key = p_job_key AND run = v_run;
        RETURN public.agenthost_done(v_version);
    END IF;
    IF v_is_ours AND v_row.run = v_run THEN
        UPDATE public.coach_readings SET is_held = true WHERE id = p_reading_id AND NOT is_held;
        RETURN json_build_object('begun', 'resume', 'run', v_run,
            'version', v_row.current_version + 1);
    END IF;
    IF v_row.status = 'completed' AND NOT p_regenerate AND NOT v_is_ours AND v_last = 0 THEN
        SELECT * INTO STRICT v_version FROM public.reading_versions
            WHERE reading_id = p_reading_id AND version_number = v_row.current_version;
        RETURN public.agenthost_done(v_version);
    END IF;
    IF v_row.is_held AND NOT v_is_ours AND v_row.job_key IS DISTINCT FROM p_takeover THEN
        RETURN json_build_object('begun', 'busy', 'holder', v_row.job_key);
    END IF;
    UPDATE public.coach_readings SET job_key = p_job_key, run = v_run,
        user_id = coalesce(p_user_id, user_id), reading_type = p_agent, queue = p_queue,
        payload = p_payload, updated_at = now(), enqueued_at = now(), is_held = true
        WHERE id = p_reading_id;
    RETURN json_build_object('begun', 'new', 'run', v_run, 'version', v_row.current_version + 1);
END $$;

CREATE OR REPLACE FUNCTION public.agenthost_processing(p_reading_id uuid, p_job_key text,
    p_run integer) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.coach_readings SET updated_at = now(), error = NULL,
        status = CASE status WHEN 'completed' THEN 'completed' ELSE 'processing' END
        WHERE id = p_reading_id AND job_key = p_job_key AND run = p_run AND is_held;
    RETURN jsonb_build_object('applied', FOUND);
END $$;

-- Version, chart, status and return value at once. Done before by the same run counts as applied.
CREATE OR REPLACE FUNCTION public.agenthost_complete(p_reading_id uuid, p_job_key text,
    p_run integer, p_content jsonb, p_return_value json, p_chart jsonb, p_chart_id uuid,
    p_input_hash text, p_outcome text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    v_row public.coach_readings;
    v_chart_id uuid;
BEGIN
    SELECT * INTO v_row FROM public.coach_readings WHERE id = p_reading_id FOR UPDATE;
    IF v_row.job_key = p_job_key AND v_row.run = p_run AND v_row.is_held THEN
        IF v_row.status NOT IN ('processing', 'completed') THEN
            RAISE EXCEPTION 'reading % is not being processed', p_reading_id
                USING ERRCODE = 'check_violation';
        END IF;
    ELSE
        RETURN jsonb_build_object('applied', EXISTS (SELECT FROM public.reading_versions
            WHERE reading_id = p_reading_id AND job_key = p_job_key AND run = p_run));
    END IF;
    IF p_chart IS NOT NULL THEN
        -- Charts never change: the same chart is the same row. Birth data is the job's. By way of
        -- a record, as columns from before this program may have other types.
        INSERT INTO public.charts (id, input_hash, chart_data, chart_version, calculation_engine,
            type, profile, authority, strategy, definition, incarnation_cross, user_id,
            birth_date, birth_time, birth_place)
            SELECT id, input_hash, chart_data, chart_version, calculation_engine, type, profile,
                authority, strategy, definition, incarnation_cross, user_id, birth_date,
                birth_time, birth_place
            FROM jsonb_populate_record(NULL::public.charts, jsonb_build_object('id', p_chart_id,
                'input_hash', p_input_hash, 'chart_data', p_chart,
                'chart_version', coalesce(p_chart ->> 'version', '1'),
                'calculation_engine', p_chart -> 'engine', 'type', p_chart -> 'type',
                'profile', p_chart -> 'profile', 'authority', p_chart -> 'authority',
                'strategy', p_chart -> 'strategy', 'definition', p_chart -> 'definition',
                'incarnation_cross', p_chart -> 'incarnationCross', 'user_id', v_row.user_id,
                'birth_date', v_row.payload -> 'birthDate',
                'birth_time', v_row.payload -> 'birthTime',
                'birth_place', v_row.payload -> 'birthPlace'))
            ON CONFLICT DO NOTHING;
        SELECT id INTO v_chart_id FROM public.charts WHERE id = p_chart_id
            OR (input_hash = p_input_hash AND chart_version = coalesce(p_chart ->> 'version', '1'))
            LIMIT 1;
    END IF;
    INSERT INTO public.reading_versions (reading_id, job_key, run, version_number, content,
        return_value, chart_id)
        VALUES (p_reading_id, p_job_key, p_run, v_row.current_version + 1, p_content,
            p_return_value, v_chart_id);
    UPDATE public.coach_readings SET status = 'completed', is_held = false, error = NULL,
        current_version = v_row.current_version + 1, updated_at = now(),
        metadata = coalesce(metadata, '{}') || jsonb_build_object('outcome', p_outcome)
        WHERE id = p_reading_id;
    RETURN jsonb_build_object('applied', true);
END $$;

CREATE OR REPLACE FUNCTION public.agenthost_fail(p_reading_id uuid, p_job_key text,
    p_run integer, p_error jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.coach_readings SET is_held = false, updated_at = now(), error = p_error,
        status = CASE status WHEN 'completed' THEN 'completed' ELSE 'failed' END
        WHERE id = p_reading_id AND job_key = p_job_key AND run = p_run AND is_held;
    RETURN jsonb_build_object('applied', FOUND OR EXISTS (SELECT FROM public.coach_readings
        WHERE id = p_reading_id AND job_key = p_job_key AND run = p_run AND NOT is_held
        AND error IS NOT NULL));
END $$;

-- One row a model call; the first wins.
CREATE OR REPLACE FUNCTION public.agenthost_usage(p_reading_id uuid, p_job_key text,
    p_run integer, p_call_id text, p_agent text, p_provider text, p_model text,
    p_input_tokens bigint, p_output_tokens bigint, p_total_tokens bigint,
    p_cost_usd double precision, p_first_token_ms bigint, p_duration_ms bigint,
    p_success boolean, p_error_code text, p_request_hash text, p_request_id text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.model_calls (call_id, reading_id, job_key, run, agent, provider, model,
        input_tokens, output_tokens, total_tokens, estimated_cost_usd, first_token_ms,
        duration_ms, success, error_code, request_hash, request_id)
        VALUES (p_call_id, p_reading_id, p_job_key, p_run, p_agent, p_provider, p_model,
            p_input_tokens, p_output_tokens, p_total_tokens, p_cost_usd, p_first_token_ms,
            p_duration_ms, p_success, p_error_code, p_request_hash, p_request_id)
        ON CONFLICT (call_id) DO NOTHING;
    RETURN jsonb_build_object('applied', FOUND);
END $$;

CREATE OR REPLACE FUNCTION public.agenthost_time(p_time timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT pg_catalog.to_char(p_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- The reading with its versions, from the newest back for as long as they fit, or null.
CREATE OR REPLACE FUNCTION public.agenthost_get_reading(p_reading_id uuid, p_bytes_max bigint)
    RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('id', r.id, 'status', r.status,
        'readingType', r.reading_type, 'currentVersion', r.current_version,
        'createdAt', public.agenthost_time(r.created_at),
        'updatedAt', public.agenthost_time(r.updated_at),
        'error', CASE r.status WHEN 'failed' THEN r.error END))
        || jsonb_build_object('metadata', r.metadata, 'versions', coalesce((
            SELECT jsonb_agg(jsonb_build_object('version', v.version_number,
                'createdAt', public.agenthost_time(v.created_at), 'content', v.content)
                ORDER BY v.version_number)
            FROM (SELECT version_number, created_at, content, sum(octet_length(content::text))
                    OVER (ORDER BY version_number DESC) AS bytes
                FROM public.reading_versions WHERE reading_id = p_reading_id) v
            WHERE v.bytes <= p_bytes_max), '[]'))
    FROM public.coach_readings r WHERE r.id = p_reading_id
$$;

-- Rows of a queue that have not ended, oldest first.
CREATE OR REPLACE FUNCTION public.agenthost_open_rows(p_queue text, p_before_ms bigint,
    p_limit integer) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('readingId', r.id, 'jobKey', r.job_key,
        'run', r.run, 'status', r.status, 'updatedAt', public.agenthost_time(r.updated_at))
        ORDER BY r.updated_at), '[]')
    FROM (SELECT * FROM public.coach_readings WHERE queue = p_queue AND job_key IS NOT NULL
        AND updated_at < to_timestamp(p_before_ms / 1000.0)
        AND status IN ('pending', 'processing') ORDER BY updated_at LIMIT p_limit) r
$$;

-- New functions may be called by everybody until this is said.
DO $$
DECLARE
    v_name regprocedure;
BEGIN
    FOR v_name IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND proname IN ('agenthost_open', 'agenthost_done', 'agenthost_begin',
            'agenthost_processing', 'agenthost_complete', 'agenthost_fail', 'agenthost_usage',
            'agenthost_time', 'agenthost_get_reading', 'agenthost_open_rows') LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, anon, authenticated', v_name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO service_role', v_name);
    END LOOP;
END $$;

NOTIFY pgrst, 'reload schema';
