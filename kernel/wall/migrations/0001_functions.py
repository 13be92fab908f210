from django.db import migrations

from kernel.wall.sql import FUNCTIONS


class Migration(migrations.Migration):
    """The wall's functions. Bodies are bound late: `audit_act` comes with the audit app."""

    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION IF EXISTS wall_append_only(); DROP FUNCTION IF EXISTS wall_count_version();"
            "DROP FUNCTION IF EXISTS wall_guard(); DROP FUNCTION IF EXISTS wall_act(); DROP SCHEMA IF EXISTS history;",
        )
    ]
