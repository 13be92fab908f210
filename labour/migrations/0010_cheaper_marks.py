from importlib import import_module

from django.db import migrations

before = import_module("labour.migrations.0005_stale_marks")

# As in 0005, but an update joins its old and new rows once.
BY_EVENT = """
    IF TG_OP = 'INSERT' THEN
        WITH changed AS (SELECT * FROM new_rows) {touched} {mark}
    ELSIF TG_OP = 'DELETE' THEN
        WITH changed AS (SELECT * FROM old_rows) {touched} {mark}
    ELSE
        WITH changed AS (
            SELECT r.* FROM new_rows n JOIN old_rows o USING (id)
            CROSS JOIN LATERAL (VALUES ({new_kept}), ({old_kept})) AS r ({kept})
            WHERE ({new}) IS DISTINCT FROM ({old})
        ) {touched} {mark}
        {moved}
    END IF;
"""


def names(columns: str) -> str:
    return ", ".join(f'"{name}"' for name in columns.split())


def function(name: str, *, watched: str, kept: str, touched: str, moved: str) -> str:
    body = BY_EVENT.format(
        touched=touched,
        mark=before.MARK,
        moved=moved,
        kept=names(kept),
        new_kept=before.columns("n", kept),
        old_kept=before.columns("o", kept),
        new=before.columns("n", watched),
        old=before.columns("o", watched),
    )
    return before.FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").format(name=name, body=body)


PERSON = function(
    "labour_mark_person",
    watched=before.PERSON,
    kept="id village_id",
    touched=before.PERSON_TOUCHED,
    moved=before.MOVED,
)
SPELL = function(
    "labour_mark_spell",
    watched=before.SPELL,
    kept="person_id village_id start end",
    touched=before.SPELL_TOUCHED,
    moved="",
)


class Migration(migrations.Migration):
    """Marking what an update made stale costs one join."""

    dependencies = [("labour", "0009_cheaper_year_rows")]
    operations = [migrations.RunSQL([(PERSON, None), (SPELL, None)], migrations.RunSQL.noop)]
