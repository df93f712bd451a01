-- The outbox: a reading's row is there before its job is in the queue, together with its chart
-- and with what knows a repeated request again. Hosts from before this file go on working with
-- it. May be applied again.

-- json, not jsonb: a chart is named after its text, so the text has to come back as it was.
ALTER TABLE public.charts ADD COLUMN IF NOT EXISTS chart_text json;

-- enqueued_at is NULL while the job is still to be added.
CREATE INDEX IF NOT EXISTS coach_readings_unqueued ON public.coach_readings (queue, created_at)
    WHERE status = 'pending' AND enqueued_at IS NULL;

-- Whose request with which key made which reading.
CREATE TABLE IF NOT EXISTS public.agenthost_idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    reading_id uuid NOT NULL,
    job_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);
CREATE INDEX IF NOT EXISTS agenthost_idempotency_keys_age
    ON public.agenthost_idempotency_keys (created_at);
ALTER TABLE public.agenthost_idempotency_keys ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON public.agenthost_idempotency_keys FROM PUBLIC, anon, authenticated;

CREATE OR REPLACE FUNCTION public.agenthost_open() RETURNS jsonb
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    UPDATE public.agenthost_meta SET value = value WHERE key = 'store_uuid'
        RETURNING pg_catalog.jsonb_build_object('uuid', value, 'schema', 2)
$$;

-- Charts never change: the same chart is the same row. Gives its id. By way of a record, as
-- columns from before this program may have other types.
CREATE OR REPLACE FUNCTION public.agenthost_keep_chart(p_chart_id uuid, p_input_hash text,
    p_chart jsonb, p_text json, p_user_id uuid, p_birth jsonb) RETURNS uuid
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    v_version text := coalesce(p_chart ->> 'version', '1');
    v_id uuid;
BEGIN
    INSERT INTO public.charts (id, input_hash, chart_data, chart_text, chart_version,
        calculation_engine, type, profile, authority, strategy, definition, incarnation_cross,
        user_id, birth_date, birth_time, birth_place)
        SELECT id, input_hash, chart_data, p_text, chart_version, calculation_engine, type,
            profile, authority, strategy, definition, incarnation_cross, user_id, birth_date,
            birth_time, birth_place
        FROM jsonb_populate_record(NULL::public.charts, jsonb_build_object('id', p_chart_id,
            'input_hash', p_input_hash, 'chart_data', p_chart, 'chart_version', v_version,
            'calculation_engine', p_chart -> 'engine', 'type', p_chart -> 'type',
            'profile', p_chart -> 'profile', 'authority', p_chart -> 'authority',
            'strategy', p_chart -> 'strategy', 'definition', p_chart -> 'definition',
            'incarnation_cross', p_chart -> 'incarnationCross', 'user_id', p_user_id,
            'birth_date', p_birth -> 'birthDate', 'birth_time', p_birth -> 'birthTime',
            'birth_place', p_birth -> 'birthPlace'))
        ON CONFLICT DO NOTHING;
    IF NOT FOUND AND p_text IS NOT NULL THEN -- kept by a host that did not send the text
        UPDATE public.charts SET chart_text = p_text WHERE id = p_chart_id AND chart_text IS NULL;
    END IF;
    SELECT id INTO v_id FROM public.charts WHERE id = p_chart_id
        OR (input_hash = p_input_hash AND chart_version = v_version) LIMIT 1;
    RETURN v_id;
END $$;

CREATE OR REPLACE FUNCTION public.agenthost_put_chart(p_chart_id uuid, p_input_hash text,
    p_chart json, p_user_id uuid, p_birth jsonb) RETURNS jsonb
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    SELECT pg_catalog.jsonb_build_object('applied', public.agenthost_keep_chart(p_chart_id,
        p_input_hash, p_chart::jsonb, p_chart, p_user_id, p_birth) IS NOT NULL)
$$;

-- The chart as it was put, or null. One put by a host from before has lost its form.
CREATE OR REPLACE FUNCTION public.agenthost_get_chart(p_chart_id uuid) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(chart_text, chart_data::json) FROM public.charts WHERE id = p_chart_id
$$;

-- {created: created|mismatch}, or {created: known, readingId, jobKey, payload} with the payload
-- last. The same request of the same job, sent again, was created. Requests that come at once
-- with one key meet at its row: one inserts it, the others wait for that and find it.
CREATE OR REPLACE FUNCTION public.agenthost_create(p_reading_id uuid, p_job_key text,
    p_run integer, p_agent text, p_user_id uuid, p_client_name text, p_queue text,
    p_payload jsonb, p_chart json, p_chart_id uuid, p_input_hash text, p_chart_user_id uuid,
    p_birth jsonb, p_caller text, p_key text, p_request_hash text, p_idempotency_ms bigint)
    RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    v_oldest timestamptz := now() - p_idempotency_ms * interval '1 millisecond';
    v_known public.agenthost_idempotency_keys;
    v_payload jsonb;
BEGIN
    IF p_caller IS NOT NULL THEN
        DELETE FROM public.agenthost_idempotency_keys
            WHERE caller = p_caller AND key = p_key AND created_at < v_oldest;
        INSERT INTO public.agenthost_idempotency_keys (caller, key, request_hash, reading_id,
            job_key) VALUES (p_caller, p_key, p_request_hash, p_reading_id, p_job_key)
            ON CONFLICT (caller, key) DO NOTHING;
        IF NOT FOUND THEN
            SELECT * INTO v_known FROM public.agenthost_idempotency_keys
                WHERE caller = p_caller AND key = p_key;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the key was deleted meanwhile'
                    USING ERRCODE = 'serialization_failure';
            END IF;
            IF v_known.request_hash <> p_request_hash THEN
                RETURN json_build_object('created', 'mismatch');
            END IF;
            IF v_known.reading_id = p_reading_id AND v_known.job_key = p_job_key THEN
                RETURN json_build_object('created', 'created');
            END IF;
            SELECT payload INTO v_payload FROM public.coach_readings WHERE id = v_known.reading_id;
            RETURN ('{"created":"known","readingId":' || to_json(v_known.reading_id)::text
                || ',"jobKey":' || to_json(v_known.job_key)::text
                || ',"payload":' || coalesce(v_payload::text, 'null') || '}')::json;
        END IF;
        -- What has run out is forgotten a little at a time, and nobody waits for it.
        DELETE FROM public.agenthost_idempotency_keys WHERE (caller, key) IN (
            SELECT caller, key FROM public.agenthost_idempotency_keys
            WHERE created_at < v_oldest ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED);
    END IF;
    IF p_chart IS NOT NULL THEN
        PERFORM public.agenthost_keep_chart(p_chart_id, p_input_hash, p_chart::jsonb, p_chart,
            p_chart_user_id, p_birth);
    END IF;
    INSERT INTO public.coach_readings (id, job_key, run, is_held, user_id, reading_type,
        client_name, queue, payload, status)
        VALUES (p_reading_id, p_job_key, p_run, true, p_user_id, p_agent, p_client_name, p_queue,
            p_payload, 'pending')
        ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND AND NOT EXISTS (SELECT FROM public.coach_readings
        WHERE id = p_reading_id AND job_key = p_job_key) THEN
        RAISE EXCEPTION 'reading % exists already', p_reading_id
            USING ERRCODE = 'unique_violation';
    END IF;
    RETURN json_build_object('created', 'created');
END $$;

CREATE OR REPLACE FUNCTION public.agenthost_enqueued(p_reading_id uuid, p_job_key text,
    p_run integer) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.coach_readings SET enqueued_at = now() WHERE id = p_reading_id
        AND job_key = p_job_key AND run = p_run AND enqueued_at IS NULL;
    RETURN jsonb_build_object('applied', FOUND OR EXISTS (SELECT FROM public.coach_readings
        WHERE id = p_reading_id AND job_key = p_job_key AND run = p_run
        AND enqueued_at IS NOT NULL));
END $$;

-- Rows of a queue whose job is still to be added, oldest first, for as long as they fit; the
-- first one always does.
CREATE OR REPLACE FUNCTION public.agenthost_unqueued_rows(p_queue text, p_before_ms bigint,
    p_limit integer, p_bytes_max bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('readingId', r.id, 'jobKey', r.job_key,
        'run', r.run, 'agentId', r.reading_type, 'payload', r.payload) ORDER BY r.number), '[]')
    FROM (SELECT id, job_key, run, reading_type, payload,
            sum(octet_length(payload::text)) OVER oldest AS bytes, row_number() OVER oldest AS number
        FROM (SELECT * FROM public.coach_readings WHERE queue = p_queue AND job_key IS NOT NULL
            AND created_at < to_timestamp(p_before_ms / 1000.0)
            AND status = 'pending' AND enqueued_at IS NULL ORDER BY created_at LIMIT p_limit) q
        WINDOW oldest AS (ORDER BY created_at, id)) r
    WHERE r.bytes <= p_bytes_max OR r.number = 1
$$;

-- The row without its versions, or null.
CREATE OR REPLACE FUNCTION public.agenthost_get_row(p_reading_id uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('id', r.id, 'status', r.status,
        'agentId', r.reading_type, 'jobKey', r.job_key, 'run', r.run, 'queue', r.queue,
        'currentVersion', r.current_version, 'isHeld', r.is_held,
        'enqueuedAt', public.agenthost_time(r.enqueued_at), 'error', r.error,
        'updatedAt', public.agenthost_time(r.updated_at)))
        || CASE WHEN r.payload IS NULL THEN '{}' ELSE jsonb_build_object('payload', r.payload) END
    FROM public.coach_readings r WHERE r.id = p_reading_id
$$;

-- As before, but for one thing: a job that finds its row has been added.
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
        UPDATE public.coach_readings SET is_held = true,
            enqueued_at = coalesce(enqueued_at, now())
            WHERE id = p_reading_id AND (NOT is_held OR enqueued_at IS NULL);
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

-- As before, but the chart comes as its text; hosts from before send p_chart instead. A function
-- with one more argument would stand beside the old one, and calls would not know which to take.
DROP FUNCTION IF EXISTS public.agenthost_complete(uuid, text, integer, jsonb, json, jsonb, uuid,
    text, text);
CREATE OR REPLACE FUNCTION public.agenthost_complete(p_reading_id uuid, p_job_key text,
    p_run integer, p_content jsonb, p_return_value json, p_chart jsonb, p_chart_id uuid,
    p_input_hash text, p_outcome text, p_chart_text json DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    v_row public.coach_readings;
    v_chart jsonb := coalesce(p_chart_text::jsonb, p_chart);
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
    IF v_chart IS NOT NULL THEN
        v_chart_id := public.agenthost_keep_chart(p_chart_id, p_input_hash, v_chart, p_chart_text,
            v_row.user_id, v_row.payload);
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

-- As before, without the rows whose job is still to be added: those have not lost it.
CREATE OR REPLACE FUNCTION public.agenthost_open_rows(p_queue text, p_before_ms bigint,
    p_limit integer) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('readingId', r.id, 'jobKey', r.job_key,
        'run', r.run, 'status', r.status, 'updatedAt', public.agenthost_time(r.updated_at))
        ORDER BY r.updated_at), '[]')
    FROM (SELECT * FROM public.coach_readings WHERE queue = p_queue AND job_key IS NOT NULL
        AND enqueued_at IS NOT NULL AND updated_at < to_timestamp(p_before_ms / 1000.0)
        AND status IN ('pending', 'processing') ORDER BY updated_at LIMIT p_limit) r
$$;

-- New functions may be called by everybody until this is said.
DO $$
DECLARE
    v_name regprocedure;
BEGIN
    FOR v_name IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND proname IN ('agenthost_keep_chart', 'agenthost_put_chart', 'agenthost_get_chart',
            'agenthost_create', 'agenthost_enqueued', 'agenthost_unqueued_rows',
            'agenthost_get_row', 'agenthost_complete') LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, anon, authenticated', v_name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO service_role', v_name);
    END LOOP;
END $$;

NOTIFY pgrst, 'reload schema';
