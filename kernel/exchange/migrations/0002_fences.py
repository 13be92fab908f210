from django.db import migrations

from kernel.wall.operations import fence


class Migration(migrations.Migration):
    """Uploads and their staged rows behind the wall. Staging is scratch: no history."""

    dependencies = [
        ("exchange", "0001_initial"),
        ("jobs", "0002_fence"),
        ("audit", "0002_append_only"),
        ("wall", "0001_functions"),
    ]
    operations = [
        fence("exchange_upload", history=False),
        fence("exchange_stagedrow", history=False),
    ]
