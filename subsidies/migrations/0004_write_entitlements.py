from django.db import migrations

TYPE = """
CREATE TYPE subsidies_change AS (id bigint, subject bigint, place bigint, year smallint, amount bigint, snapshot jsonb,
    left_place bigint);
"""

# The differences come collected: a DELETE, UPDATE or INSERT of no rows would still fire the wall's guard and leave an
# act, and an unchanged recheck must write nothing.
WRITE = """
CREATE FUNCTION subsidies_write_{subject}s(changes subsidies_change[], for_scheme bigint, for_terms bigint)
RETURNS TABLE (added int, changed int, removed int, places bigint[]) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    added := 0; changed := 0; removed := 0;
    IF changes IS NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    DELETE FROM subsidies_entitlement e USING unnest(changes) c WHERE e.id = c.id AND c.subject IS NULL;
    GET DIAGNOSTICS removed = ROW_COUNT;
    UPDATE subsidies_entitlement e SET village_id = c.place, terms_id = for_terms, amount_fen = c.amount,
        facts = c.snapshot, version = e.version + 1, updated_at = clock_timestamp()
    FROM unnest(changes) c WHERE e.id = c.id AND c.subject IS NOT NULL;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO subsidies_entitlement (scheme_id, terms_id, year, {subject}_id, village_id, amount_fen, facts)
    SELECT for_scheme, for_terms, c.year, c.subject, c.place, c.amount, c.snapshot
    FROM unnest(changes) c WHERE c.id IS NULL ORDER BY c.place, c.subject, c.year;
    GET DIAGNOSTICS added = ROW_COUNT;
    places := ARRAY(SELECT DISTINCT p FROM unnest(changes) c, unnest(ARRAY[c.place, c.left_place]) p WHERE p IS NOT NULL);
    RETURN NEXT;
END $$;
"""

# Which counties have marks that nobody has worked off: codes of counties and nothing else, for the beat task, which acts
# for no place.
MARKED = """
CREATE FUNCTION subsidies_marked_counties() RETURNS SETOF bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT county FROM labour_stalemark
$$;
"""

DROP = """
DROP FUNCTION subsidies_marked_counties();
DROP FUNCTION subsidies_write_employers(subsidies_change[], bigint, bigint);
DROP FUNCTION subsidies_write_persons(subsidies_change[], bigint, bigint);
DROP TYPE subsidies_change;
"""


class Migration(migrations.Migration):
    """The functions that write collected differences, and the one that names counties with work waiting."""

    dependencies = [("subsidies", "0003_frozen_terms")]
    operations = [
        migrations.RunSQL(
            [
                (TYPE, None),
                (WRITE.format(subject="person"), None),
                (WRITE.format(subject="employer"), None),
                (MARKED, None),
            ],
            [(DROP, None)],
        )
    ]
