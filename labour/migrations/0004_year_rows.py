from django.db import migrations

# What a year row should be, and where that differs from what it is. Filled twice: for some people, for a range of
# villages. Documented in docs/apps/labour.md; called through labour.services.refresh_years.
#
# Differences are collected before anything is written: even an INSERT of no rows would fire the wall's guard, and an
# unchanged recheck must write nothing. Villages are locked first, because two transactions that each add a spell to
# one person would otherwise both compute from a snapshot that lacks the other's.
REFRESH = """
CREATE FUNCTION {name}({arguments}, year_from int, year_to int)
RETURNS TABLE (village bigint, year smallint) LANGUAGE plpgsql {planning} AS $function$
#variable_conflict use_column
DECLARE
    people_changes labour_person_change[];
    worker_changes labour_worker_change[];
BEGIN
    {locks}
    WITH people AS MATERIALIZED (
        SELECT p.id, p.village_id, p.county, p.sex, p.birth_date, p.ability, p.student, p.job_wish
        FROM labour_person p WHERE {people}
    ), rules AS MATERIALIZED (
        SELECT r.county_id AS county, y.year::smallint AS year, make_date(y.year, 1, 1) AS opens, d.closes,
               s.abilities, s.students_count,
               (d.closes - make_interval(years => s.age_from))::date AS born_by,
               (d.closes - make_interval(years => s.age_to_men + 1))::date AS men_born_after,
               (d.closes - make_interval(years => s.age_to_women + 1))::date AS women_born_after
        FROM labour_countyregister r
        CROSS JOIN LATERAL generate_series(greatest(r.first_year, year_from),
                                           least(extract(year FROM r.as_of)::int, year_to)) AS y(year)
        CROSS JOIN LATERAL (SELECT least(make_date(y.year, 12, 31), r.as_of) AS closes) AS d
        LEFT JOIN LATERAL (
            SELECT * FROM labour_labourstandard s
            WHERE s.county_id = r.county_id AND s.valid_from <= d.closes
              AND (s.valid_to IS NULL OR s.valid_to >= d.closes)
            ORDER BY s.valid_from DESC LIMIT 1
        ) AS s ON true
        WHERE r.county_id IN (SELECT county FROM people)
    ), standing AS MATERIALIZED (
        SELECT p.id AS person_id, p.village_id, r.year, p.job_wish <> 'no' AS willing,
               coalesce(p.birth_date <= r.born_by
                        AND p.birth_date > CASE p.sex WHEN '1' THEN r.men_born_after ELSE r.women_born_after END
                        AND p.ability = ANY (r.abilities) AND (r.students_count OR p.student = ''), false) AS labourer
        FROM people p JOIN rules r ON r.county = p.county
    ), worked AS MATERIALIZED (
        SELECT s.person_id, r.year, s.employer_id, s.area, s.wage_fen, s.start >= r.opens AS started,
               (1 << extract(month FROM least(s."end", r.closes))::int)
               - (1 << CASE WHEN s.start >= r.opens THEN extract(month FROM s.start)::int - 1 ELSE 0 END) AS mask
        FROM people p
        JOIN labour_employmentspell s ON s.person_id = p.id
        JOIN rules r ON r.county = p.county AND s.start <= r.closes AND (s."end" IS NULL OR s."end" >= r.opens)
    ), months AS (
        SELECT person_id, year, bit_or(mask)::smallint AS months,
               coalesce(bit_or(mask) FILTER (WHERE area <> 'county'), 0)::smallint AS outside_months,
               sum(wage_fen * bit_count(mask::bit(12)))::bigint AS wages_fen,
               coalesce(sum(wage_fen * bit_count(mask::bit(12))) FILTER (WHERE area <> 'county'), 0)::bigint
                   AS outside_wages_fen,
               (count(*) FILTER (WHERE started))::smallint AS spells,
               (count(*) FILTER (WHERE started AND area = 'county'))::smallint AS county_spells
        FROM worked GROUP BY person_id, year
    ), people_wanted AS (
        SELECT person_id, village_id, year, labourer, willing, coalesce(months, 0::smallint) AS months,
               coalesce(outside_months, 0::smallint) AS outside_months, coalesce(wages_fen, 0) AS wages_fen,
               coalesce(outside_wages_fen, 0) AS outside_wages_fen, coalesce(spells, 0::smallint) AS spells,
               coalesce(county_spells, 0::smallint) AS county_spells
        FROM standing LEFT JOIN months USING (person_id, year)
    ), people_found AS (
        SELECT y.* FROM labour_personyear y WHERE {years} AND y.year BETWEEN year_from AND year_to
    ), people_diff AS (
        SELECT f.id, w.person_id, coalesce(w.village_id, f.village_id) AS village_id, coalesce(w.year, f.year) AS year,
               w.labourer, w.willing, w.months, w.outside_months, w.wages_fen, w.outside_wages_fen, w.spells,
               w.county_spells
        FROM people_wanted w FULL JOIN people_found f ON f.person_id = w.person_id AND f.year = w.year
        WHERE (w.village_id, w.labourer, w.willing, w.months, w.outside_months, w.wages_fen, w.outside_wages_fen,
               w.spells, w.county_spells)
              IS DISTINCT FROM
              (f.village_id, f.labourer, f.willing, f.months, f.outside_months, f.wages_fen, f.outside_wages_fen,
               f.spells, f.county_spells)
    ), workers AS (
        SELECT employer_id, person_id, year, bit_or(mask)::smallint AS months,
               sum(wage_fen * bit_count(mask::bit(12)))::bigint AS wages_fen
        FROM worked WHERE employer_id IS NOT NULL GROUP BY employer_id, person_id, year
    ), workers_wanted AS (
        SELECT w.employer_id, w.person_id, s.village_id, w.year, s.labourer, w.months, w.wages_fen
        FROM workers w JOIN standing s ON s.person_id = w.person_id AND s.year = w.year
    ), workers_found AS (
        SELECT y.* FROM labour_workeryear y WHERE {years} AND y.year BETWEEN year_from AND year_to
    ), workers_diff AS (
        SELECT f.id, w.employer_id, w.person_id, coalesce(w.village_id, f.village_id) AS village_id,
               coalesce(w.year, f.year) AS year, w.labourer, w.months, w.wages_fen
        FROM workers_wanted w
        FULL JOIN workers_found f ON f.employer_id = w.employer_id AND f.person_id = w.person_id AND f.year = w.year
        WHERE (w.village_id, w.labourer, w.months, w.wages_fen)
              IS DISTINCT FROM (f.village_id, f.labourer, f.months, f.wages_fen)
    )
    SELECT (SELECT array_agg((d.id, d.person_id, d.village_id, d.year, d.labourer, d.willing, d.months,
                              d.outside_months, d.wages_fen, d.outside_wages_fen, d.spells,
                              d.county_spells)::labour_person_change) FROM people_diff d),
           (SELECT array_agg((d.id, d.employer_id, d.person_id, d.village_id, d.year, d.labourer, d.months,
                              d.wages_fen)::labour_worker_change) FROM workers_diff d)
    INTO people_changes, worker_changes;
    {apply}
END $function$;
"""

APPLY = """
    IF people_changes IS NOT NULL THEN
        DELETE FROM labour_personyear USING unnest(people_changes) c
        WHERE labour_personyear.id = c.id AND c.person_id IS NULL;
        UPDATE labour_personyear SET village_id = c.village_id, labourer = c.labourer, willing = c.willing,
            months = c.months, outside_months = c.outside_months, wages_fen = c.wages_fen,
            outside_wages_fen = c.outside_wages_fen, spells = c.spells, county_spells = c.county_spells
        FROM unnest(people_changes) c WHERE labour_personyear.id = c.id AND c.person_id IS NOT NULL;
        INSERT INTO labour_personyear (person_id, village_id, year, labourer, willing, months, outside_months,
            wages_fen, outside_wages_fen, spells, county_spells)
        SELECT c.person_id, c.village_id, c.year, c.labourer, c.willing, c.months, c.outside_months, c.wages_fen,
            c.outside_wages_fen, c.spells, c.county_spells
        FROM unnest(people_changes) c WHERE c.id IS NULL ORDER BY c.village_id, c.person_id, c.year;
    END IF;
    IF worker_changes IS NOT NULL THEN
        DELETE FROM labour_workeryear USING unnest(worker_changes) c
        WHERE labour_workeryear.id = c.id AND c.person_id IS NULL;
        UPDATE labour_workeryear SET village_id = c.village_id, labourer = c.labourer, months = c.months,
            wages_fen = c.wages_fen
        FROM unnest(worker_changes) c WHERE labour_workeryear.id = c.id AND c.person_id IS NOT NULL;
        INSERT INTO labour_workeryear (employer_id, person_id, village_id, year, labourer, months, wages_fen)
        SELECT c.employer_id, c.person_id, c.village_id, c.year, c.labourer, c.months, c.wages_fen
        FROM unnest(worker_changes) c WHERE c.id IS NULL ORDER BY c.village_id, c.employer_id, c.person_id, c.year;
    END IF;
    IF cardinality(people_changes) > 1000 THEN
        PERFORM labour_first_analysis();
    END IF;
    IF people_changes IS NOT NULL OR worker_changes IS NOT NULL THEN
        RETURN QUERY SELECT DISTINCT c.village_id, c.year FROM unnest(people_changes) c
            UNION SELECT c.village_id, c.year FROM unnest(worker_changes) c;
    END IF;
"""

# Written by labour_mark_person in this transaction: villages whose people moved, in all their years.
MOVED = """
    IF coalesce(current_setting('app.moved', true), '') <> '' THEN
        RETURN QUERY SELECT v::bigint, y::smallint
            FROM string_to_array(current_setting('app.moved', true), ',') AS moved,
                 unnest(moved) AS v, labour_countyregister r, generate_series(r.first_year, extract(year FROM r.as_of)::int) y
            WHERE r.county_id = v::bigint - v::bigint % 1000000;
    END IF;
"""

COMPARE = """
    RETURN QUERY
        SELECT c.village_id, c.year, 'labour_personyear'::text, c.id, c.person_id, to_jsonb(f), to_jsonb(c)
        FROM unnest(people_changes) c LEFT JOIN labour_personyear f ON f.id = c.id
        UNION ALL
        SELECT c.village_id, c.year, 'labour_workeryear'::text, c.id, c.person_id, to_jsonb(f), to_jsonb(c)
        FROM unnest(worker_changes) c LEFT JOIN labour_workeryear f ON f.id = c.id;
"""

TYPES = """
CREATE TYPE labour_person_change AS (id bigint, person_id bigint, village_id bigint, year smallint, labourer boolean,
    willing boolean, months smallint, outside_months smallint, wages_fen bigint, outside_wages_fen bigint,
    spells smallint, county_spells smallint);
CREATE TYPE labour_worker_change AS (id bigint, employer_id bigint, person_id bigint, village_id bigint, year smallint,
    labourer boolean, months smallint, wages_fen bigint);
ALTER TABLE labour_personyear SET (fillfactor = 90);
ALTER TABLE labour_workeryear SET (fillfactor = 90);
"""

# Without statistics the planner takes the wall's range for selective and reads whole counties to find one person
# (20 ms instead of 0.3 at 100,000). After the first bulk write nobody should wait for autovacuum to learn better.
# Only ever the first time: ANALYZE keeps its lock to the end of the transaction. The owner runs it, hence the definer.
FIRST_ANALYSIS = """
CREATE FUNCTION labour_first_analysis() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    name regclass;
BEGIN
    FOR name IN
        SELECT oid FROM pg_class WHERE reltuples < 100 AND oid IN (
            'labour_household'::regclass, 'labour_person'::regclass, 'labour_employer'::regclass,
            'labour_employmentspell'::regclass, 'labour_personyear'::regclass, 'labour_workeryear'::regclass)
    LOOP
        EXECUTE format('ANALYZE %s', name);
    END LOOP;
END $$;
"""

# A county is locked shared by those who work on a part of it, so that a county-wide pass waits for them and they for it.
# The numbers 1 and 2 behind the code keep county and village locks apart.
LOCK_PEOPLE = """
    PERFORM pg_advisory_xact_lock_shared(p.county * 10 + 1), pg_advisory_xact_lock(p.village_id * 10 + 2)
    FROM (SELECT DISTINCT county, village_id FROM labour_person WHERE id = ANY (persons) ORDER BY village_id) AS p;
"""
LOCK_SPAN = """
    IF hi - lo >= 1000000 THEN
        PERFORM pg_advisory_xact_lock(d.code * 10 + 1) FROM (
            SELECT code FROM divisions_division WHERE level = 'county' AND code >= lo AND code < hi ORDER BY code) AS d;
    ELSE
        PERFORM pg_advisory_xact_lock_shared((lo - lo % 1000000) * 10 + 1);
        PERFORM pg_advisory_xact_lock(d.code * 10 + 2) FROM (
            SELECT code FROM divisions_division WHERE level = 'village' AND code >= lo AND code < hi ORDER BY code) AS d;
    END IF;
"""

PEOPLE = REFRESH.format(
    name="labour_refresh_people",
    arguments="persons bigint[]",
    planning="SET plan_cache_mode = force_generic_plan",  # planning costs ten times the work (SPEED 1.3)
    locks=LOCK_PEOPLE,
    people="p.id = ANY (persons)",
    years="y.person_id = ANY (persons)",
    apply=APPLY + MOVED,
)
BY_PLACE = {
    "arguments": "lo bigint, hi bigint",
    "planning": "SET plan_cache_mode = force_custom_plan SET work_mem = '64MB'",  # else a county spills to disk
    "people": "p.village_id >= lo AND p.village_id < hi",
    "years": "y.village_id >= lo AND y.village_id < hi",
}
SPAN = REFRESH.format(name="labour_refresh_span", locks=LOCK_SPAN, apply=APPLY, **BY_PLACE)
CHECK = REFRESH.replace(
    "(village bigint, year smallint)",
    "(village bigint, year smallint, source text, id bigint, person bigint, found jsonb, wanted jsonb)",
).format(name="labour_compare_span", locks="", apply=COMPARE, **BY_PLACE)

DROP = """
DROP FUNCTION labour_refresh_people(bigint[], int, int);
DROP FUNCTION labour_refresh_span(bigint, bigint, int, int);
DROP FUNCTION labour_compare_span(bigint, bigint, int, int);
DROP FUNCTION labour_first_analysis();
DROP TYPE labour_person_change;
DROP TYPE labour_worker_change;
"""


class Migration(migrations.Migration):
    """The functions that derive year rows from raw spells, diff first."""

    dependencies = [("labour", "0003_register_and_spell_key")]
    operations = [
        migrations.RunSQL(
            [(TYPES, None), (FIRST_ANALYSIS, None), (PEOPLE, None), (SPAN, None), (CHECK, None)], [(DROP, None)]
        )
    ]
