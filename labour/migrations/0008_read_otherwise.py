from django.db import migrations

# The people whom a search by initials does not find by the first letter of their pinyin: a surname with several readings
# (every reading of it ends the list of initials, whose beginning changes slowest), a list cut off at its longest, or a
# first character without a reading. Few, so that looking through all of them is cheap. The condition stands word for
# word in `labour/searching.py`: a partial index serves only the condition it was made with.
OTHERWISE = """
CASE WHEN left(name_initials[1], 1) <> left(name_pinyin, 1)
    OR left(name_initials[cardinality(name_initials)], 1) <> left(name_pinyin, 1)
    OR cardinality(name_initials) >= 64 THEN true ELSE false END
"""
INDEX = f"CREATE INDEX labour_person_otherwise ON labour_person (village_id, id) WHERE {OTHERWISE}"
# Without it the planner takes the condition for one that half of the people meet.
STATISTICS = f"CREATE STATISTICS labour_person_otherwise_share ON ({OTHERWISE}) FROM labour_person"


class Migration(migrations.Migration):
    """Search by initials without looking at everybody."""

    dependencies = [("labour", "0007_registered_elsewhere")]
    operations = [
        migrations.RunSQL(INDEX, "DROP INDEX labour_person_otherwise"),
        migrations.RunSQL(STATISTICS, "DROP STATISTICS labour_person_otherwise_share"),
    ]
