from django.db import migrations

TABLES = ("audit_act", "audit_event", "audit_seal")


def _forwards() -> str:
    return "".join(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION wall_append_only();"
        for table in TABLES
    )


class Migration(migrations.Migration):
    """Acts, events and seals are written once, whoever asks."""

    dependencies = [("audit", "0001_initial"), ("wall", "0001_functions")]
    operations = [
        migrations.RunSQL(_forwards(), "".join(f"DROP TRIGGER IF EXISTS append_only ON {table};" for table in TABLES))
    ]
