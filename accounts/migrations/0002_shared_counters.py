"""The cache table of Django's database cache: rate limits count in it when there is no Redis."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE kyoso_cache (
                cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
            );
            CREATE INDEX kyoso_cache_expires ON kyoso_cache (expires);
            """,
            "DROP TABLE kyoso_cache",
        )
    ]
