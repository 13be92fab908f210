"""Seeded people, households, employers and spells, made in SQL; year rows come from the product's own services.

Triggers and foreign key checks are off while seeding (`session_replication_role`, which only a superuser may set):
the rows are placed right by construction, and `faults` proves it afterwards. Everything is invented, counties too
(province 99 does not exist). Neighbouring ids lie in different counties and villages, spells are inserted in order of
their month: as a register grows in life, and the hard case for index fetches.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from django.test import override_settings

from benchmarks.ground import Size, superuser, template_of
from kernel.divisions.models import Division
from kernel.divisions.services import DivisionRow, load_divisions
from kernel.wall.scope import Scope, open_scope
from labour.services import set_up_county

PROVINCE, CITY = 990_000_000_000, 990_100_000_000
TOWNSHIPS, VILLAGES = 17, 20
SEED = 0.726


def county_code(number: int) -> int:
    """Code of the county with this number, from 0."""
    return CITY + (number + 1) * 1_000_000


def divisions(size: Size) -> Iterator[DivisionRow]:
    """A province, a city, and the counties with 17 townships of 20 villages each."""
    yield DivisionRow(PROVINCE, "示范省", "province", None)
    yield DivisionRow(CITY, "示范市", "city", PROVINCE)
    for number in range(size.counties):
        county = county_code(number)
        yield DivisionRow(county, f"示范{number + 1}县", "county", CITY)
        for t in range(TOWNSHIPS):
            township = county + (100 + t) * 1_000
            yield DivisionRow(township, f"第{t + 1}镇", "township", county)
            for v in range(VILLAGES):
                yield DivisionRow(township + 200 + v, f"第{v + 1}村村民委员会", "village", township)


# Village of household h: county by h, village by h / counties.
PLACE = f"""
    ({CITY} + (h % {{c}} + 1) * 1000000
     + (100 + h / {{c}} % {TOWNSHIPS * VILLAGES} / {VILLAGES}) * 1000 + 200 + h / {{c}} % {VILLAGES})::bigint
"""
STAMP = "timestamptz '2020-01-01' + {i} * interval '1 second'"
NAME = "substr('王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗', 1 + (random() * 19)::int, 1)" + (
    " || substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红春梅国建文志海云龙飞鹏宇浩然欣怡子轩梓涵', 1 + (random() * 48)::int, 1)"
)
LETTERS = "translate(substr({text}, 1, {n}), '0123456789', 'ghijklmnop')"
# Initials begin as the pinyin does; one surname in twenty has a second reading with another letter.
INITIALS = "ARRAY[{first} || {rest}] || CASE WHEN i % 20 = 0 THEN ARRAY[{other} || {rest}] ELSE '{{{{}}}}' END".format(
    first=LETTERS.format(text="md5('y' || i)", n=1),
    rest=LETTERS.format(text="md5('z' || i)", n=2),
    other=LETTERS.format(text="md5('x' || i)", n=1),
)
NOISE = "decode(md5('{a}' || i) || md5('{b}' || i) || md5('{c}' || i) || md5('{d}' || i), 'hex')"

HOUSEHOLDS = f"""
INSERT INTO labour_household (id, village_id, uid, created_at, updated_at, number, category)
SELECT h, {PLACE}, md5('h' || h)::uuid, {STAMP.format(i="h")}, {STAMP.format(i="h")}, '9901' || lpad(h::text, 12, '0'), 'poor'
FROM generate_series(1::bigint, {{h}}) AS h
"""

PERSONS = f"""
INSERT INTO labour_person (id, village_id, uid, created_at, updated_at, household_id, number, name, name_pinyin,
    name_initials, sex, birth_date, id_number, id_index, id_tail_index, phone, phone_index, relation, ethnicity,
    education, student, ability, health, politics, low_income, job_wish)
SELECT i, {PLACE}, md5('p' || i)::uuid, {STAMP.format(i="i")}, {STAMP.format(i="i")}, h,
    '99' || lpad(i::text, 14, '0'), {NAME} || CASE WHEN random() < 0.8 THEN substr('伟芳娜敏静丽强磊军洋', 1 + (random() * 9)::int, 1) ELSE '' END,
    {LETTERS.format(text="md5('y' || i)", n=12)}, {INITIALS}, CASE WHEN random() < 0.52 THEN '1' ELSE '2' END,
    date '1945-01-01' + (random() * 24000)::int,
    substr({NOISE.format(a="a", b="b", c="c", d="d")}, 1, 51), decode(md5('n' || i), 'hex'), decode(md5('t' || i), 'hex'),
    substr({NOISE.format(a="e", b="f", c="g", d="h")}, 1, 44), decode(md5('f' || i), 'hex'),
    CASE WHEN i = h THEN 'head' ELSE 'member' END, 'han', (ARRAY['primary', 'junior', 'senior'])[1 + (random() * 2)::int],
    CASE WHEN random() < 0.06 THEN 'senior_1' ELSE '' END,
    (ARRAY['ordinary', 'ordinary', 'ordinary', 'ordinary', 'skilled', 'weak', 'lost', 'none'])[1 + (random() * 7)::int],
    'healthy', 'masses', random() < 0.2, (ARRAY['yes', 'yes', 'yes', '', 'no'])[1 + (random() * 4)::int]
FROM (SELECT i, (i - 1) % {{h}} + 1 AS h FROM generate_series(1::bigint, {{n}}) AS i) AS people
"""

EMPLOYERS = f"""
INSERT INTO labour_employer (id, village_id, uid, created_at, updated_at, name, name_initials, kind, credit_code)
SELECT h, {PLACE}, md5('e' || h)::uuid, {STAMP.format(i="h")}, {STAMP.format(i="h")}, '示范企业' || h, 'SFQY' || h,
    (ARRAY['enterprise', 'cooperative', 'cooperative', 'workshop', 'other'])[1 + h % 5], ''
FROM generate_series(1::bigint, {{e}}) AS h
"""

# Everybody who can work has a job, every second of them two: about 1.1 spells a person. Employers in the county
# have the person's h modulo counties, so the two always lie in one county.
SPELLS = """
INSERT INTO labour_employmentspell (village_id, uid, created_at, updated_at, person_id, start, "end", area, place_province,
    place_city, place_county, wage_fen, employer_id, employer_name, industry, channel, point_to_point)
SELECT village_id, md5('s' || row_number() OVER ())::uuid, stamp, stamp, person_id, start,
    CASE WHEN open THEN NULL ELSE (start + make_interval(months => lasts))::date END, area, '示范省',
    CASE WHEN area = 'county' THEN '' ELSE '某市' END, '某县', wage, CASE WHEN own THEN employer END,
    CASE WHEN own THEN '示范企业' || employer ELSE '外地企业' || employer END, 'manufacturing', 'relatives', random() < 0.1
FROM (
    SELECT p.village_id, p.id AS person_id, timestamptz '2020-01-01' + p.id * interval '1 second' AS stamp,
        (date '2018-07-01' + make_interval(months => (random() * 20)::int))::date AS start,
        (random() * 11)::int AS lasts, random() < 0.2 AS open, (150000 + (random() * 450)::int * 1000)::bigint AS wage,
        (ARRAY['county', 'county', 'county', 'province', 'province', 'outside', 'outside'])[1 + (random() * 6)::int] AS area,
        random() AS share, p.household_id % {c} + {c} * (1 + (random() * ({e} / {c} - 2))::int) AS employer, k
    FROM labour_person p CROSS JOIN generate_series(1, 2) AS k
    WHERE p.ability NOT IN ('lost', 'none') AND (k = 1 OR p.id % 2 = 0)
) AS jobs CROSS JOIN LATERAL (SELECT area = 'county' AND share < 0.6 AS own) AS place
ORDER BY start, share
ON CONFLICT (person_id, start, employer_name) DO NOTHING
"""

FAULTS = """
SELECT (SELECT count(*) FROM labour_person p LEFT JOIN labour_household h
            ON h.id = p.household_id AND h.village_id = p.village_id WHERE h.id IS NULL)
     + (SELECT count(*) FROM labour_employmentspell s LEFT JOIN labour_person p
            ON p.id = s.person_id AND p.village_id = s.village_id WHERE p.id IS NULL)
     + (SELECT count(*) FROM labour_employmentspell s LEFT JOIN labour_employer e
            ON e.id = s.employer_id AND e.county = s.county WHERE s.employer_id IS NOT NULL AND e.id IS NULL)
     + (SELECT count(*) FROM labour_person p LEFT JOIN divisions_division d
            ON d.code = p.village_id AND d.level = 'village' WHERE d.code IS NULL)
"""


def seed(size: Size) -> None:
    """Divisions through the product, raw rows in SQL, then standards, registers and year rows through the product."""
    load_divisions(rows=divisions(size))
    with superuser(template_of(size)) as connection:
        _raw_rows(connection, size)
    with override_settings(SETTLERS=[]):  # a standard marks the whole county stale, and its job would need a worker
        _set_up(size)
    with superuser(template_of(size)) as connection:
        connection.execute("TRUNCATE labour_stalemark")


def _set_up(size: Size) -> None:
    for number in range(size.counties):
        with open_scope(county_scope(number)) as scope:
            set_up_county(division=Division.objects.get(pk=scope.lo), first_year=2019)


def county_scope(number: int, *, write: bool = True) -> Scope:
    """The scope of a whole county."""
    code = county_code(number)
    return Scope(code, code + 1_000_000, write=write, source="command", reason="benchmarks")


def _raw_rows(connection: psycopg.Connection[tuple[object, ...]], size: Size) -> None:
    numbers = {
        "n": size.persons,
        "h": size.persons // 3,
        "c": size.counties,
        "e": max(40, size.persons // 80) // size.counties * size.counties,
    }
    run = connection.execute
    run("SET session_replication_role = replica")
    run("SET synchronous_commit = off")
    run(
        "INSERT INTO audit_act (at, txid, role, lo, hi, source, request_id, reason, address)"
        " VALUES (now(), 0, '', 0, 0, 'command', '', 'benchmarks', '')"
    )
    run("SELECT set_config('app.act', max(id)::text, false), setseed(%s) FROM audit_act", [SEED])
    for statement in (HOUSEHOLDS, PERSONS, EMPLOYERS, SPELLS):
        run(statement.format(**numbers))  # type: ignore[call-overload]
    for table in ("labour_household", "labour_person", "labour_employer"):
        run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    run("ANALYZE")
    row = run(FAULTS).fetchone()
    if row is None or row[0] != 0:
        raise AssertionError(f"the generator misplaced {row} rows")


def settle_down(database: str) -> None:
    """Vacuumed, analysed, on disk: the state every run starts from."""
    with superuser(database) as connection:
        connection.execute("VACUUM (ANALYZE, FREEZE)")
        connection.execute("CHECKPOINT")
