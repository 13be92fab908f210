from django.db import migrations

from kernel.wall.operations import fence

FUNCTIONS = """
CREATE OR REPLACE FUNCTION jobs_claim(job bigint, token uuid, seconds integer)
RETURNS TABLE (kind varchar, division bigint, requester bigint, appointment bigint, attempt smallint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    chosen bigint;
    kept text[];
BEGIN
    SELECT j.id INTO chosen FROM jobs_job j
    WHERE j.id = job AND (j.state = 'queued' OR (j.state = 'running' AND j.lease_until < clock_timestamp()))
    FOR UPDATE SKIP LOCKED;
    IF chosen IS NULL THEN
        RETURN;
    END IF;
    -- The house's own act and nobody's scope; the caller's settings come back below, or with the rollback.
    kept := ARRAY[current_setting('app.write', true), current_setting('app.who', true), current_setting('app.act', true)];
    PERFORM set_config('app.write', 'on', true), set_config('app.act', '', true), set_config('app.who',
        '{"lo": 0, "hi": 0, "role": "", "source": "job", "request_id": "", "reason": "jobs", "address": ""}', true);
    RETURN QUERY
    UPDATE jobs_job j SET state = 'running', lease_token = token, attempt = (j.attempt + 1)::smallint,
        lease_until = clock_timestamp() + make_interval(secs => seconds),
        started_at = coalesce(j.started_at, clock_timestamp())
    WHERE j.id = chosen
    RETURNING j.kind, j.village_id, j.requested_by_id, j.appointment_id, j.attempt::smallint;
    PERFORM set_config('app.write', coalesce(kept[1], ''), true), set_config('app.who', coalesce(kept[2], ''), true),
        set_config('app.act', coalesce(kept[3], ''), true);
END $$;

CREATE OR REPLACE FUNCTION jobs_kind(job bigint) RETURNS varchar
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT kind FROM jobs_job WHERE id = job $$;

-- Committed work that nobody is working on: the bell was lost, or the worker died.
CREATE OR REPLACE FUNCTION jobs_waiting(older_than integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT id FROM jobs_job
    WHERE (state = 'queued' AND created_at < clock_timestamp() - make_interval(secs => older_than))
       OR (state = 'running' AND lease_until < clock_timestamp())
    ORDER BY id LIMIT 1000
$$;
"""

DROP = """
DROP FUNCTION IF EXISTS jobs_waiting(integer);
DROP FUNCTION IF EXISTS jobs_kind(bigint);
DROP FUNCTION IF EXISTS jobs_claim(bigint, uuid, integer);
"""


class Migration(migrations.Migration):
    """Jobs behind the wall, and the functions by which a worker finds them without looking over it."""

    dependencies = [
        ("jobs", "0001_initial"),
        ("audit", "0002_append_only"),
        ("wall", "0001_functions"),
    ]
    operations = [
        fence("jobs_job", history=False),
        migrations.RunSQL(FUNCTIONS, DROP),
    ]
