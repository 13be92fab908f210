from importlib import import_module

from django.db import migrations

before = import_module("labour.migrations.0004_year_rows")

# The computation of 0004, cheaper: the years' rules of a range are found without reading everybody, a spell's months are
# counted from its dates, and one aggregate carries both masks (outside months twelve bits up), one both counts (those
# in the county sixteen bits up).
REFRESH = """
CREATE OR REPLACE FUNCTION {name}({arguments}, year_from int, year_to int)
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
        WHERE {counties}
    ), standing AS MATERIALIZED (
        SELECT p.id AS person_id, p.village_id, r.year, p.job_wish <> 'no' AS willing,
               coalesce(p.birth_date <= r.born_by
                        AND p.birth_date > CASE p.sex WHEN '1' THEN r.men_born_after ELSE r.women_born_after END
                        AND p.ability = ANY (r.abilities) AND (r.students_count OR p.student = ''), false) AS labourer
        FROM people p JOIN rules r ON r.county = p.county
    ), worked AS MATERIALIZED (
        SELECT s.person_id, r.year, s.employer_id, s.area <> 'county' AS outside, s.start >= r.opens AS started,
               (1 << d.last) - (1 << d.before) AS mask, s.wage_fen * (d.last - d.before) AS paid
        FROM people p
        JOIN labour_employmentspell s ON s.person_id = p.id
        JOIN rules r ON r.county = p.county AND s.start <= r.closes AND (s."end" IS NULL OR s."end" >= r.opens)
        CROSS JOIN LATERAL (
            SELECT date_part('month', least(s."end", r.closes))::int AS last,
                   CASE WHEN s.start >= r.opens THEN date_part('month', s.start)::int - 1 ELSE 0 END AS before
        ) AS d
    ), packed AS (
        SELECT person_id, year, bit_or(CASE WHEN outside THEN mask << 12 | mask ELSE mask END) AS masks,
               sum(paid)::bigint AS wages_fen, sum(CASE WHEN outside THEN paid ELSE 0 END)::bigint AS outside_wages_fen,
               sum(CASE WHEN NOT started THEN 0 WHEN outside THEN 1 ELSE 65537 END) AS begun
        FROM worked GROUP BY person_id, year
    ), months AS (
        SELECT person_id, year, (masks & 4095)::smallint AS months, (masks >> 12)::smallint AS outside_months,
               wages_fen, outside_wages_fen, (begun & 65535)::smallint AS spells,
               (begun >> 16)::smallint AS county_spells
        FROM packed
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
               sum(paid)::bigint AS wages_fen
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

# Only the kinds of writing that there is something for: each costs a plan in a new session, and the guard's question.
APPLY = """
    IF people_changes IS NOT NULL THEN
        IF EXISTS (SELECT FROM unnest(people_changes) c WHERE c.person_id IS NULL) THEN
            DELETE FROM labour_personyear USING unnest(people_changes) c
            WHERE labour_personyear.id = c.id AND c.person_id IS NULL;
        END IF;
        IF EXISTS (SELECT FROM unnest(people_changes) c WHERE c.id IS NOT NULL AND c.person_id IS NOT NULL) THEN
            UPDATE labour_personyear SET village_id = c.village_id, labourer = c.labourer, willing = c.willing,
                months = c.months, outside_months = c.outside_months, wages_fen = c.wages_fen,
                outside_wages_fen = c.outside_wages_fen, spells = c.spells, county_spells = c.county_spells
            FROM unnest(people_changes) c WHERE labour_personyear.id = c.id AND c.person_id IS NOT NULL;
        END IF;
        IF EXISTS (SELECT FROM unnest(people_changes) c WHERE c.id IS NULL) THEN
            INSERT INTO labour_personyear (person_id, village_id, year, labourer, willing, months, outside_months,
                wages_fen, outside_wages_fen, spells, county_spells)
            SELECT c.person_id, c.village_id, c.year, c.labourer, c.willing, c.months, c.outside_months, c.wages_fen,
                c.outside_wages_fen, c.spells, c.county_spells
            FROM unnest(people_changes) c WHERE c.id IS NULL ORDER BY c.village_id, c.person_id, c.year;
        END IF;
    END IF;
    IF worker_changes IS NOT NULL THEN
        IF EXISTS (SELECT FROM unnest(worker_changes) c WHERE c.person_id IS NULL) THEN
            DELETE FROM labour_workeryear USING unnest(worker_changes) c
            WHERE labour_workeryear.id = c.id AND c.person_id IS NULL;
        END IF;
        IF EXISTS (SELECT FROM unnest(worker_changes) c WHERE c.id IS NOT NULL AND c.person_id IS NOT NULL) THEN
            UPDATE labour_workeryear SET village_id = c.village_id, labourer = c.labourer, months = c.months,
                wages_fen = c.wages_fen
            FROM unnest(worker_changes) c WHERE labour_workeryear.id = c.id AND c.person_id IS NOT NULL;
        END IF;
        IF EXISTS (SELECT FROM unnest(worker_changes) c WHERE c.id IS NULL) THEN
            INSERT INTO labour_workeryear (employer_id, person_id, village_id, year, labourer, months, wages_fen)
            SELECT c.employer_id, c.person_id, c.village_id, c.year, c.labourer, c.months, c.wages_fen
            FROM unnest(worker_changes) c WHERE c.id IS NULL ORDER BY c.village_id, c.employer_id, c.person_id, c.year;
        END IF;
    END IF;
    IF cardinality(people_changes) > 1000 THEN
        PERFORM labour_first_analysis();
    END IF;
    IF people_changes IS NOT NULL OR worker_changes IS NOT NULL THEN
        RETURN QUERY SELECT c.village_id, c.year FROM unnest(people_changes) c
            UNION SELECT c.village_id, c.year FROM unnest(worker_changes) c;
    END IF;
"""

PEOPLE = REFRESH.format(
    name="labour_refresh_people",
    arguments="persons bigint[]",
    planning="SET plan_cache_mode = force_generic_plan",
    locks=before.LOCK_PEOPLE,
    people="p.id = ANY (persons)",
    counties="r.county_id IN (SELECT county FROM people)",
    years="y.person_id = ANY (persons)",
    apply=APPLY + before.MOVED,
)
# A sequential scan would ask the wall's policy for every row; an index, bitmaps too, asks once for the range.
BY_PLACE = {
    **before.BY_PLACE,
    "planning": before.BY_PLACE["planning"] + " SET enable_seqscan = off",
    "counties": "r.county_id >= lo - lo % 1000000 AND r.county_id < hi",
}
SPAN = REFRESH.format(name="labour_refresh_span", locks=before.LOCK_SPAN, apply=APPLY, **BY_PLACE)
CHECK = REFRESH.replace(
    "(village bigint, year smallint)",
    "(village bigint, year smallint, source text, id bigint, person bigint, found jsonb, wanted jsonb)",
).format(name="labour_compare_span", locks="", apply=before.COMPARE, **BY_PLACE)


class Migration(migrations.Migration):
    """The functions that derive year rows, in fewer steps."""

    dependencies = [("labour", "0008_read_otherwise")]
    operations = [migrations.RunSQL([(PEOPLE, None), (SPAN, None), (CHECK, None)], migrations.RunSQL.noop)]
