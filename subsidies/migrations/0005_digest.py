from django.db import migrations, models

# As in 0004, with the digest of the snapshot.
WRITE = """
CREATE OR REPLACE FUNCTION subsidies_write_{subject}s(changes subsidies_change[], for_scheme bigint, for_terms bigint)
RETURNS TABLE (added int, changed int, removed int, places bigint[]) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    added := 0; changed := 0; removed := 0;
    IF changes IS NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    DELETE FROM subsidies_entitlement e USING unnest(changes) c WHERE e.id = c.id AND c.subject IS NULL;
    GET DIAGNOSTICS removed = ROW_COUNT;
    UPDATE subsidies_entitlement e SET village_id = c.place, terms_id = for_terms, amount_fen = c.amount,
        facts = c.snapshot, digest = c.digest, version = e.version + 1, updated_at = clock_timestamp()
    FROM unnest(changes) c WHERE e.id = c.id AND c.subject IS NOT NULL;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO subsidies_entitlement (scheme_id, terms_id, year, {subject}_id, village_id, amount_fen, facts, digest)
    SELECT for_scheme, for_terms, c.year, c.subject, c.place, c.amount, c.snapshot, c.digest
    FROM unnest(changes) c WHERE c.id IS NULL ORDER BY c.place, c.subject, c.year;
    GET DIAGNOSTICS added = ROW_COUNT;
    places := ARRAY(SELECT DISTINCT p FROM unnest(changes) c, unnest(ARRAY[c.place, c.left_place]) p WHERE p IS NOT NULL);
    RETURN NEXT;
END $$;
"""

# A digest speaks for the snapshot it was written with and for no other.
FORGET = """
CREATE FUNCTION subsidies_forget_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.digest := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER forget_digest BEFORE UPDATE ON subsidies_entitlement FOR EACH ROW
    WHEN (OLD.digest = NEW.digest AND OLD.facts IS DISTINCT FROM NEW.facts)
    EXECUTE FUNCTION subsidies_forget_digest();
"""


class Migration(migrations.Migration):
    """Entitlements carry a hash of their snapshot: rows without one are compared in full and get it when next rechecked."""

    dependencies = [("subsidies", "0004_write_entitlements")]
    operations = [
        migrations.AddField(
            "entitlement",
            "digest",
            models.BigIntegerField(editable=False, null=True, verbose_name="测算依据摘要"),
        ),
        migrations.RunSQL(
            [
                ("ALTER TYPE subsidies_change ADD ATTRIBUTE digest bigint", None),
                (WRITE.format(subject="person"), None),
                (WRITE.format(subject="employer"), None),
                (FORGET, None),
            ],
        ),
    ]
