-- The tables readings are kept in: those of the system before this one under the same names,
-- with what fencing and the sweep need. Tables that are there already keep their rows and
-- columns and get the missing ones. May be applied again.

CREATE TABLE IF NOT EXISTS public.agenthost_meta (
    key text PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO public.agenthost_meta (key, value)
    VALUES ('store_uuid', gen_random_uuid()::text) ON CONFLICT (key) DO NOTHING;

CREATE TABLE IF NOT EXISTS public.charts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid,
    birth_date text,
    birth_time text,
    birth_place jsonb,
    chart_data jsonb NOT NULL,
    type text,
    profile text,
    authority text,
    strategy text,
    definition text,
    incarnation_cross text,
    chart_version text,
    calculation_engine text,
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE public.charts ADD COLUMN IF NOT EXISTS input_hash text;
CREATE UNIQUE INDEX IF NOT EXISTS charts_input ON public.charts (input_hash, chart_version);

CREATE TABLE IF NOT EXISTS public.coach_readings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid,
    reading_type text,
    client_name text,
    status text NOT NULL DEFAULT 'pending',
    current_version integer NOT NULL DEFAULT 0,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
-- is_held: a run is working on the row. The status alone cannot tell, as a completed reading
-- stays so while a new version is written.
ALTER TABLE public.coach_readings
    ADD COLUMN IF NOT EXISTS error jsonb,
    ADD COLUMN IF NOT EXISTS job_key text,
    ADD COLUMN IF NOT EXISTS run integer,
    ADD COLUMN IF NOT EXISTS is_held boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS queue text,
    ADD COLUMN IF NOT EXISTS enqueued_at timestamptz,
    ADD COLUMN IF NOT EXISTS payload jsonb;
CREATE INDEX IF NOT EXISTS coach_readings_user ON public.coach_readings (user_id);
CREATE INDEX IF NOT EXISTS coach_readings_open ON public.coach_readings (queue, updated_at)
    WHERE status IN ('pending', 'processing');

CREATE TABLE IF NOT EXISTS public.reading_versions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    reading_id uuid NOT NULL REFERENCES public.coach_readings (id) ON DELETE CASCADE,
    version_number integer NOT NULL,
    content jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
-- return_value is json, not jsonb: the queue gets it back byte for byte.
ALTER TABLE public.reading_versions
    ADD COLUMN IF NOT EXISTS job_key text,
    ADD COLUMN IF NOT EXISTS run integer,
    ADD COLUMN IF NOT EXISTS chart_id uuid,
    ADD COLUMN IF NOT EXISTS return_value json;
CREATE UNIQUE INDEX IF NOT EXISTS reading_versions_number
    ON public.reading_versions (reading_id, version_number);
CREATE UNIQUE INDEX IF NOT EXISTS reading_versions_run
    ON public.reading_versions (reading_id, job_key, run);

CREATE TABLE IF NOT EXISTS public.model_calls (
    call_id text PRIMARY KEY,
    reading_id uuid NOT NULL,
    job_key text NOT NULL,
    run integer NOT NULL,
    agent text,
    provider text,
    model text,
    input_tokens bigint,
    output_tokens bigint,
    total_tokens bigint,
    estimated_cost_usd double precision,
    first_token_ms bigint,
    duration_ms bigint,
    success boolean NOT NULL,
    error_code text,
    request_hash text,
    request_id text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS model_calls_reading ON public.model_calls (reading_id);

-- Rows from before may hold other words; new ones may not.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'coach_readings_status_words') THEN
        ALTER TABLE public.coach_readings ADD CONSTRAINT coach_readings_status_words
            CHECK (status IN ('pending', 'processing', 'completed', 'failed')) NOT VALID;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION public.agenthost_check_status() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' THEN
            RAISE EXCEPTION 'a reading starts as pending' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.status || ' ' || NEW.status NOT IN ('pending processing', 'pending failed',
        'processing completed', 'processing failed', 'failed processing') THEN
        RAISE EXCEPTION 'a reading does not change from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER coach_readings_start BEFORE INSERT ON public.coach_readings
    FOR EACH ROW EXECUTE FUNCTION public.agenthost_check_status();
CREATE OR REPLACE TRIGGER coach_readings_edges BEFORE UPDATE OF status ON public.coach_readings
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION public.agenthost_check_status();

-- Front ends read what belongs to their user and write nothing: a reading is changed by the
-- functions alone.
ALTER TABLE public.agenthost_meta ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.charts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.coach_readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.reading_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.model_calls ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON public.agenthost_meta, public.charts, public.coach_readings,
    public.reading_versions, public.model_calls FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.charts, public.coach_readings, public.reading_versions TO authenticated;
REVOKE EXECUTE ON FUNCTION public.agenthost_check_status() FROM PUBLIC, anon, authenticated;

-- The user a request speaks for, as Supabase's auth.uid(), which other installations lack.
CREATE OR REPLACE FUNCTION public.agenthost_user() RETURNS uuid
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
REVOKE EXECUTE ON FUNCTION public.agenthost_user() FROM PUBLIC, anon;
GRANT EXECUTE ON FUNCTION public.agenthost_user() TO authenticated, service_role;

DROP POLICY IF EXISTS agenthost_own ON public.charts;
CREATE POLICY agenthost_own ON public.charts FOR SELECT TO authenticated
    USING (user_id = (SELECT public.agenthost_user()));
DROP POLICY IF EXISTS agenthost_own ON public.coach_readings;
CREATE POLICY agenthost_own ON public.coach_readings FOR SELECT TO authenticated
    USING (user_id = (SELECT public.agenthost_user()));
DROP POLICY IF EXISTS agenthost_own ON public.reading_versions;
CREATE POLICY agenthost_own ON public.reading_versions FOR SELECT TO authenticated
    USING (EXISTS (SELECT FROM public.coach_readings r WHERE r.id = reading_id
        AND r.user_id = (SELECT public.agenthost_user())));
