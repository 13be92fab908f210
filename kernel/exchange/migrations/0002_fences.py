from django.db import migrations

from kernel.wall.operations import fence

CHECK = """
CREATE FUNCTION exchange_check_staged() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT upload_id, village_id FROM fresh) f
        LEFT JOIN exchange_upload u ON u.id = f.upload_id AND u.village_id = f.village_id WHERE u.id IS NULL
    ) THEN
        RAISE EXCEPTION 'exchange: staged rows need an upload of their division' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_insert AFTER INSERT ON exchange_stagedrow REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION exchange_check_staged();
-- A row never changes its upload or place, and goes with its upload.
CREATE FUNCTION exchange_keep_staged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'exchange: a staged row keeps its upload and place' USING ERRCODE = 'foreign_key_violation';
END $$;
CREATE TRIGGER keep_place BEFORE UPDATE ON exchange_stagedrow FOR EACH ROW
    WHEN (OLD.upload_id <> NEW.upload_id OR OLD.village_id <> NEW.village_id) EXECUTE FUNCTION exchange_keep_staged();
CREATE FUNCTION exchange_drop_staged() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM exchange_stagedrow WHERE upload_id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER drop_staged BEFORE DELETE ON exchange_upload FOR EACH ROW EXECUTE FUNCTION exchange_drop_staged();
"""
DROP = """
DROP TRIGGER drop_staged ON exchange_upload;
DROP TRIGGER keep_place ON exchange_stagedrow;
DROP TRIGGER check_insert ON exchange_stagedrow;
DROP FUNCTION exchange_drop_staged();
DROP FUNCTION exchange_keep_staged();
DROP FUNCTION exchange_check_staged();
"""


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
        migrations.RunSQL(CHECK, DROP),
    ]
