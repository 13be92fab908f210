from django.db import migrations, models
from django.utils import timezone

# Rows are hashed as JSON without nulls, in UTC: a nullable column that is added later changes no old digest.
# The functions run as the owner, who sees every history row whatever the policies say; they give out hashes and
# table names only.
FORWARDS = r"""
CREATE FUNCTION audit_digest(from_txid bigint, upto_txid bigint, OUT rows bigint, OUT digest text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET bytea_output = 'hex'
SET extra_float_digits = 1 AS $$
DECLARE
    acts bigint[];
    parts text := '';
    part_rows bigint;
    part text;
    source record;
BEGIN
    rows := 0;
    acts := ARRAY(SELECT id FROM audit_act a WHERE a.txid >= from_txid AND a.txid < upto_txid ORDER BY id);
    FOR source IN
        SELECT 0 AS rank, 'audit_act' AS name, 'audit_act' AS relation, 'id' AS act, 'id' AS key
        UNION ALL SELECT 1, 'audit_event', 'audit_event', 'act_id', 'id'
        UNION ALL SELECT 2, 'history.' || c.relname, format('history.%I', c.relname), 'h_act', 'h_id'
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'history' AND c.relkind = 'r'
        ORDER BY rank, name
    LOOP
        -- The range lets PostgreSQL skip blocks; the list is probed as a hash and keeps out acts of other transactions.
        EXECUTE format(
            'SELECT count(*), encode(sha256(coalesce(string_agg(sha256(convert_to('
            'jsonb_strip_nulls(to_jsonb(r))::text, ''UTF8'')), ''''::bytea ORDER BY r.%I), ''''::bytea)), ''hex'')'
            ' FROM %s r WHERE r.%I BETWEEN $1 AND $2 AND r.%I = ANY ($3)',
            source.key, source.relation, source.act, source.act)
            INTO part_rows, part USING acts[1], acts[cardinality(acts)], acts;
        IF part_rows > 0 THEN
            rows := rows + part_rows;
            parts := parts || source.name || ':' || part_rows || ':' || part || E'\n';
        END IF;
    END LOOP;
    digest := encode(sha256(convert_to(parts, 'UTF8')), 'hex');
END $$;

-- Blocks that were filled since the last seal join the block index on the act; without it a seal reads whole tables.
CREATE FUNCTION audit_summarize() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    found oid;
BEGIN
    FOR found IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_am m ON m.oid = c.relam WHERE n.nspname = 'history' AND c.relkind = 'i' AND m.amname = 'brin'
    LOOP
        PERFORM brin_summarize_new_values(found);
    END LOOP;
END $$;

-- Old versions that no act explains: nobody's writes, so no digest would cover them.
CREATE FUNCTION audit_orphans() RETURNS TABLE (name text, rows bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    source record;
BEGIN
    FOR source IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'history' AND c.relkind = 'r' ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT count(*) FROM history.%I h WHERE NOT EXISTS'
            ' (SELECT FROM audit_act a WHERE a.id = h.h_act)', source.relname) INTO rows;
        name := source.relname;
        IF rows > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
"""
BACKWARDS = (
    "DROP FUNCTION audit_digest(bigint, bigint); DROP FUNCTION audit_summarize(); DROP FUNCTION audit_orphans();"
)


class Migration(migrations.Migration):
    """The digest of everything that a range of transactions wrote, computed where the rows are."""

    dependencies = [("audit", "0002_append_only")]
    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.AlterField("seal", "at", models.DateTimeField(default=timezone.now, verbose_name="时间")),
    ]
