"""The database cache's table, and the rights of the application role on append-only tables."""

from django.db import migrations

REVOKE = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'yitong_app') THEN
    REVOKE UPDATE, DELETE, TRUNCATE ON core_auditentry FROM yitong_app;
    REVOKE DELETE, TRUNCATE ON core_auditseal FROM yitong_app;
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """One table, one right."""

    dependencies = [("core", "0002_initial")]
    operations = [
        migrations.RunSQL(
            [
                "CREATE TABLE IF NOT EXISTS core_cache (cache_key varchar(255) PRIMARY KEY,"
                " value text NOT NULL, expires timestamptz NOT NULL)",
                "CREATE INDEX IF NOT EXISTS core_cache_expires ON core_cache (expires)",
            ],
            ["DROP TABLE IF EXISTS core_cache"],
        ),
        migrations.RunSQL([REVOKE], migrations.RunSQL.noop),
    ]
