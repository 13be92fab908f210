from django.db import migrations

from kernel.wall.operations import fence


class Migration(migrations.Migration):
    """Schemes and terms are read by the whole county and written by the county; entitlements lie in their village."""

    dependencies = [
        ("subsidies", "0001_initial"),
        ("labour", "0005_stale_marks"),
        ("audit", "0002_append_only"),
        ("wall", "0001_functions"),
    ]
    operations = [
        fence("subsidies_scheme", shared=True),
        fence("subsidies_terms", shared=True),
        fence("subsidies_condition", shared=True),
        fence("subsidies_entitlement"),
    ]
