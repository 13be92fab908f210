"""The SQL of the wall: functions and triggers used by every fence. Sources: SECURITY notes 5, measured in benchmarks."""

from __future__ import annotations

FUNCTIONS = r"""
CREATE SCHEMA IF NOT EXISTS history;
GRANT USAGE ON SCHEMA history TO PUBLIC;

-- The act: one row per scope and transaction that wrote something, made on the first write.
CREATE OR REPLACE FUNCTION wall_act() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    act bigint := nullif(current_setting('app.act', true), '')::bigint;
    who jsonb;
BEGIN
    IF act IS NOT NULL THEN
        RETURN act;
    END IF;
    who := nullif(current_setting('app.who', true), '')::jsonb;
    IF who IS NULL THEN
        RAISE EXCEPTION 'wall: no scope is open' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO audit_act (at, txid, actor_id, appointment_id, role, lo, hi, source, request_id, reason, address)
    VALUES (clock_timestamp(), pg_current_xact_id()::text::bigint, (who->>'actor')::bigint,
            (who->>'appointment')::bigint, who->>'role', (who->>'lo')::bigint, (who->>'hi')::bigint,
            who->>'source', who->>'request_id', who->>'reason', who->>'address')
    RETURNING id INTO act;
    PERFORM set_config('app.act', act::text, true);
    RETURN act;
END $$;

-- Before any write on a walled table: the scope must be open for writing, and the act must exist.
CREATE OR REPLACE FUNCTION wall_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('app.write', true) IS DISTINCT FROM 'on' THEN
        IF coalesce(current_setting('app.lo', true), '') = '' THEN
            RAISE EXCEPTION 'wall: no scope is open' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RAISE EXCEPTION 'wall: this scope may only read' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM wall_act();
    RETURN NULL;
END $$;

-- A writer that forgot the version (raw SQL, a cascade) gets it counted here; the others never reach this function.
CREATE OR REPLACE FUNCTION wall_count_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD IS DISTINCT FROM NEW THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION wall_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'wall: % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# Plain calls on purpose: a sub-select hides the value from the planner and is up to 1,000 times slower (SPEED 3).
RANGE = "{column} >= current_setting('app.lo')::bigint AND {column} < current_setting('app.hi')::bigint"
COUNTY_RANGE = (
    "{column} >= current_setting('app.lo')::bigint / 1000000 * 1000000 AND {column} <"
    " greatest(current_setting('app.hi')::bigint, (current_setting('app.lo')::bigint / 1000000 + 1) * 1000000)"
)

POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY wall_read ON {table} FOR SELECT USING ({read});
CREATE POLICY wall_insert ON {table} FOR INSERT WITH CHECK ({write});
CREATE POLICY wall_update ON {table} FOR UPDATE USING ({write}) WITH CHECK ({write});
CREATE POLICY wall_delete ON {table} FOR DELETE USING ({write});
ALTER TABLE {table} ADD CONSTRAINT {table}_place UNIQUE (id, {column});
CREATE TRIGGER wall_guard BEFORE INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION wall_guard();
"""

DROP_POLICIES = """
DROP TRIGGER IF EXISTS wall_guard ON {table};
ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_place;
DROP POLICY IF EXISTS wall_read ON {table};
DROP POLICY IF EXISTS wall_insert ON {table};
DROP POLICY IF EXISTS wall_update ON {table};
DROP POLICY IF EXISTS wall_delete ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""

VERSION = """
CREATE TRIGGER wall_version BEFORE UPDATE ON {table} FOR EACH ROW WHEN (OLD.version = NEW.version)
    EXECUTE FUNCTION wall_count_version();
"""

HISTORY = """
CREATE TABLE history.{table} (
    h_id bigint GENERATED ALWAYS AS IDENTITY,
    h_act bigint NOT NULL,
    h_op "char" NOT NULL
);
{columns}
CREATE INDEX {table}_h ON history.{table} (id);
CREATE INDEX {table}_act ON history.{table} USING brin (h_act) WITH (pages_per_range = 16, autosummarize = on);
ALTER TABLE history.{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE history.{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY wall_read ON history.{table} FOR SELECT USING ({read});
GRANT SELECT ON history.{table} TO PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION wall_append_only();
CREATE OR REPLACE FUNCTION history.keep_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO history.{table} (h_act, h_op, {names})
    SELECT current_setting('app.act')::bigint, left(TG_OP, 1)::"char", {names} FROM old_rows;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION history.keep_{table}();
CREATE TRIGGER keep_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION history.keep_{table}();
"""

DROP_HISTORY = """
DROP TRIGGER IF EXISTS keep_update ON {table};
DROP TRIGGER IF EXISTS keep_delete ON {table};
DROP FUNCTION IF EXISTS history.keep_{table}();
DROP TABLE IF EXISTS history.{table};
"""

COMPOSITE_KEY = """
ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({key}, {here}) REFERENCES {parent} (id, {there}) {action}
    DEFERRABLE INITIALLY IMMEDIATE;
"""
