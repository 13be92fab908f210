from django.db import migrations

# The application adds events and seals; acts are written by wall_act() alone, and nothing is ever changed.
FORWARDS = """
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN SELECT DISTINCT grantee, table_name FROM information_schema.role_table_grants
        WHERE table_schema = 'public' AND table_name IN ('audit_act', 'audit_event', 'audit_seal')
        AND grantee NOT IN (current_user, 'PUBLIC')
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', given.table_name, given.grantee);
        IF given.table_name = 'audit_act' THEN
            EXECUTE format('REVOKE INSERT ON %I FROM %I', given.table_name, given.grantee);
        END IF;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """The triggers refuse changes; now the application lacks the right as well."""

    dependencies = [("audit", "0004_who")]
    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
