"""The history of values is append-only for the application role."""

from django.db import migrations

REVOKE = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'yitong_app') THEN
    REVOKE UPDATE, DELETE, TRUNCATE ON reports_valuechange FROM yitong_app;
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """One right."""

    dependencies = [("reports", "0001_initial")]
    operations = [migrations.RunSQL([REVOKE], migrations.RunSQL.noop)]
