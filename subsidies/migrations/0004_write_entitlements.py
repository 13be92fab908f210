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

# Everything that settling one edit needs before the schemes are asked, in one call: takes this transaction's own marks
# (they carry its time), brings the year rows of those people up to date, collects their employers of before and of
# after, and makes transactions that touch the same employer wait for one another, because each must count the other's
# worker. Too many marks, or marks of whole villages, are left alone. `versions` tells which terms are in use.
SETTLE = """
CREATE FUNCTION subsidies_settle_few(most int) RETURNS TABLE (
    of_county bigint, few boolean, people bigint[], years smallint[], employers bigint[],
    places bigint[], place_years smallint[], versions text
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    marks bigint[];
    found int;
    named int;
    counties bigint[];
BEGIN
    SELECT count(*), count(person_id), array_agg(id), array_agg(DISTINCT county), count(DISTINCT person_id) <= most
    INTO found, named, marks, counties, few
    FROM (SELECT * FROM labour_stalemark WHERE at = now() LIMIT most * 5 + 1) AS own;
    few := few AND found <= most * 5 AND named = found;
    FOREACH of_county IN ARRAY coalesce(counties, '{}') LOOP
        IF few THEN
            SELECT array_agg(DISTINCT person_id), CASE WHEN count(year) = count(*) THEN array_agg(DISTINCT year) END
            INTO people, years FROM labour_stalemark m WHERE m.id = ANY (marks) AND m.county = of_county;
            DELETE FROM labour_stalemark m WHERE m.id = ANY (marks) AND m.county = of_county;
            employers := ARRAY(SELECT w.employer_id FROM labour_workeryear w WHERE w.person_id = ANY (people));
            SELECT array_agg(r.village), array_agg(r.year) INTO places, place_years FROM labour_refresh_people(
                people, coalesce((SELECT min(y) FROM unnest(years) y), 0),
                coalesce((SELECT max(y) FROM unnest(years) y), 9999)) AS r;
            employers := ARRAY(
                SELECT e FROM unnest(employers) e
                UNION SELECT w.employer_id FROM labour_workeryear w WHERE w.person_id = ANY (people) ORDER BY 1);
            PERFORM pg_advisory_xact_lock(e * 10 + 3) FROM unnest(employers) e;
            SELECT string_agg(t.id || ':' || t.version || ':' || t.updated_at, ',' ORDER BY t.id) INTO versions
            FROM subsidies_terms t WHERE t.village_id = of_county AND t.state <> 'draft';
        END IF;
        RETURN NEXT;
    END LOOP;
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
DROP FUNCTION subsidies_settle_few(int);
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
                (SETTLE, None),
                (MARKED, None),
            ],
            [(DROP, None)],
        )
    ]
