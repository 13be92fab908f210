from django.db import migrations

from kernel.wall.operations import fence


class Migration(migrations.Migration):
    """Parents first. Year rows and marks are derived: no history."""

    dependencies = [
        ("labour", "0001_initial"),
        ("audit", "0002_append_only"),
        ("wall", "0001_functions"),
    ]
    operations = [
        fence("labour_household"),
        fence("labour_person"),
        fence("labour_employer", shared=True),
        fence("labour_employmentspell"),
        fence("labour_personyear", derived=True),
        fence("labour_workeryear", derived=True),
        fence("labour_stalemark", history=False),
    ]
