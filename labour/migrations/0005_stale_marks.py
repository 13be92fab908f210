from django.db import migrations

# Each function names in `touched` the people, villages and years (NULL: all years) whose derived rows may now be wrong.
# Up to a hundred people get a mark each, more are marked by village. Columns on which nothing derived depends do not mark.
MARK = """
    , many AS (SELECT count(DISTINCT person) > 100 AS yes FROM touched)
    INSERT INTO labour_stalemark (village_id, person_id, year, at)
    SELECT DISTINCT t.village, CASE WHEN many.yes THEN NULL ELSE t.person END, t.year, now()
    FROM touched t CROSS JOIN many;
    IF FOUND THEN
        PERFORM set_config('app.stale', 'on', true);
    END IF;
"""

FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {body}
    RETURN NULL;
END $$;
"""

BY_EVENT = """
    IF TG_OP = 'INSERT' THEN
        WITH changed AS (SELECT * FROM new_rows) {touched} {mark}
    ELSIF TG_OP = 'DELETE' THEN
        WITH changed AS (SELECT * FROM old_rows) {touched} {mark}
    ELSE
        WITH pairs AS (
            SELECT n.id FROM new_rows n JOIN old_rows o USING (id) WHERE ({new}) IS DISTINCT FROM ({old})
        ), changed AS (
            SELECT * FROM old_rows WHERE id IN (SELECT id FROM pairs)
            UNION ALL SELECT * FROM new_rows WHERE id IN (SELECT id FROM pairs)
        ) {touched} {mark}
        {moved}
    END IF;
"""

# Year rows follow a person who moves by key, so that no comparison will ever find them changed: both villages are
# remembered for the rest of the transaction, and the refresh reports them.
MOVED = """
        PERFORM set_config('app.moved', concat_ws(',', nullif(current_setting('app.moved', true), ''), m.villages), true)
        FROM (
            SELECT string_agg(DISTINCT v::text, ',') AS villages
            FROM new_rows n JOIN old_rows o USING (id), unnest(ARRAY[n.village_id, o.village_id]) AS v
            WHERE n.village_id <> o.village_id
        ) AS m WHERE m.villages IS NOT NULL;
"""

# An open-ended spell reaches to whatever day the county's register stands at: all years.
SPELL_TOUCHED = """, touched AS (
            SELECT person_id AS person, village_id AS village, y.year::smallint AS year FROM changed
            CROSS JOIN LATERAL generate_series(extract(year FROM start)::int, extract(year FROM "end")::int) AS y(year)
            WHERE "end" IS NOT NULL
            UNION ALL SELECT person_id, village_id, NULL FROM changed WHERE "end" IS NULL
        )"""
PERSON_TOUCHED = ", touched AS (SELECT id AS person, village_id AS village, NULL::smallint AS year FROM changed)"

EMPLOYER_BODY = """
    WITH touched AS (
        SELECT w.person_id AS person, w.village_id AS village, w.year
        FROM new_rows n JOIN old_rows o USING (id) JOIN labour_workeryear w ON w.employer_id = n.id
        WHERE (n.kind, n.village_id) IS DISTINCT FROM (o.kind, o.village_id)
    ) {mark}
"""

STANDARD_BODY = """
    IF TG_OP <> 'DELETE' THEN
        WITH touched AS (
            SELECT DISTINCT NULL::bigint AS person, p.village_id AS village, NULL::smallint AS year
            FROM labour_person p WHERE p.county IN (SELECT county_id FROM new_rows)
        ) {mark}
    END IF;
    IF TG_OP <> 'INSERT' THEN
        WITH touched AS (
            SELECT DISTINCT NULL::bigint AS person, p.village_id AS village, NULL::smallint AS year
            FROM labour_person p WHERE p.county IN (SELECT county_id FROM old_rows)
        ) {mark}
    END IF;
"""


def columns(prefix: str, names: str) -> str:
    return ", ".join(f'{prefix}."{name}"' for name in names.split())


PERSON = "village_id sex birth_date student ability job_wish"
SPELL = "person_id village_id start end area wage_fen employer_id"

FUNCTIONS = [
    FUNCTION.format(
        name="labour_mark_person",
        body=BY_EVENT.format(
            touched=PERSON_TOUCHED, moved=MOVED, mark=MARK, new=columns("n", PERSON), old=columns("o", PERSON)
        ),
    ),
    FUNCTION.format(
        name="labour_mark_spell",
        body=BY_EVENT.format(
            touched=SPELL_TOUCHED, moved="", mark=MARK, new=columns("n", SPELL), old=columns("o", SPELL)
        ),
    ),
    FUNCTION.format(name="labour_mark_employer", body=EMPLOYER_BODY.format(mark=MARK)),
    FUNCTION.format(name="labour_mark_standard", body=STANDARD_BODY.format(mark=MARK)),
]

ROWS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}
TRIGGERS = [
    ("labour_person", "labour_mark_person", ("INSERT", "UPDATE", "DELETE")),
    ("labour_employmentspell", "labour_mark_spell", ("INSERT", "UPDATE", "DELETE")),
    ("labour_labourstandard", "labour_mark_standard", ("INSERT", "UPDATE", "DELETE")),
    ("labour_employer", "labour_mark_employer", ("UPDATE",)),
]
CREATE_TRIGGERS = [
    f"CREATE TRIGGER mark_{event.lower()} AFTER {event} ON {table} REFERENCING {ROWS[event]}"
    f" FOR EACH STATEMENT EXECUTE FUNCTION {function}();"
    for table, function, events in TRIGGERS
    for event in events
]
DROP_TRIGGERS = [
    f"DROP TRIGGER mark_{event.lower()} ON {table};" for table, _function, events in TRIGGERS for event in events
]
DROP_FUNCTIONS = [f"DROP FUNCTION {function}();" for _table, function, _events in TRIGGERS]


class Migration(migrations.Migration):
    """Writes to people, spells, employers and standards say which year rows they made stale."""

    dependencies = [("labour", "0004_year_rows")]
    operations = [
        migrations.RunSQL(
            [(sql, None) for sql in [*FUNCTIONS, *CREATE_TRIGGERS]],
            [(sql, None) for sql in [*DROP_TRIGGERS, *DROP_FUNCTIONS]],
        )
    ]
