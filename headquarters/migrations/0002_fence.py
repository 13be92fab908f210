from django.db import migrations

from kernel.wall.operations import fence


class Migration(migrations.Migration):
    """Figure values are derived: measured again, never moved."""

    dependencies = [("headquarters", "0001_initial"), ("audit", "0002_append_only"), ("wall", "0001_functions")]
    operations = [fence("headquarters_figurevalue", derived=True)]
