from django.db import migrations

# Rules that somebody was measured by never change, whoever asks and by whatever door. What may still happen to activated
# terms: they end (valid_to, state closed); or they go back to a draft while no entitlement, past or present, names them.
FREEZE = """
CREATE FUNCTION subsidies_terms_used(terms bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM subsidies_entitlement e WHERE e.terms_id = terms)
        OR EXISTS (SELECT 1 FROM history.subsidies_entitlement h WHERE h.terms_id = terms)
$$;

CREATE FUNCTION subsidies_freeze_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept subsidies_terms := NEW;
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'subsidies: terms % are frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    kept.state := OLD.state;
    kept.valid_to := OLD.valid_to;
    kept.version := OLD.version;
    kept.updated_at := OLD.updated_at;
    kept.county := OLD.county;  -- generated: not computed yet in a BEFORE trigger
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'subsidies: terms % are frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'draft' AND (NEW.valid_to IS DISTINCT FROM OLD.valid_to OR subsidies_terms_used(OLD.id)) THEN
        RAISE EXCEPTION 'subsidies: terms % are in use', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'closed' AND NEW.state = 'active' THEN
        RAISE EXCEPTION 'subsidies: terms % are closed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.valid_to IS DISTINCT FROM OLD.valid_to AND (OLD.valid_to IS NOT NULL OR EXISTS (
            SELECT 1 FROM subsidies_entitlement e
            WHERE e.terms_id = OLD.id AND e.year > extract(year FROM NEW.valid_to))) THEN
        RAISE EXCEPTION 'subsidies: terms % cannot end then', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION subsidies_freeze_conditions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM subsidies_terms t WHERE t.state <> 'draft' AND (
            (TG_OP <> 'INSERT' AND t.id = OLD.terms_id) OR (TG_OP <> 'DELETE' AND t.id = NEW.terms_id))) THEN
        RAISE EXCEPTION 'subsidies: terms % are frozen', coalesce(NEW.terms_id, OLD.terms_id)
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER hold_frozen BEFORE UPDATE OR DELETE ON subsidies_terms
    FOR EACH ROW EXECUTE FUNCTION subsidies_freeze_terms();
CREATE TRIGGER hold_frozen BEFORE INSERT OR UPDATE OR DELETE ON subsidies_condition
    FOR EACH ROW EXECUTE FUNCTION subsidies_freeze_conditions();
"""

THAW = """
DROP TRIGGER hold_frozen ON subsidies_condition;
DROP TRIGGER hold_frozen ON subsidies_terms;
DROP FUNCTION subsidies_freeze_conditions();
DROP FUNCTION subsidies_freeze_terms();
DROP FUNCTION subsidies_terms_used(bigint);
"""


class Migration(migrations.Migration):
    """Activated terms and their conditions cannot be changed."""

    dependencies = [("subsidies", "0002_fences")]
    operations = [migrations.RunSQL([(FREEZE, None)], [(THAW, None)])]
