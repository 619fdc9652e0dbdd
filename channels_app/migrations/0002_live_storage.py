"""Room for HOT updates: the counter and read-position rows change far more often than any other row."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("channels_app", "0001_initial")]
    operations = [
        migrations.RunSQL("ALTER TABLE live_stream SET (fillfactor = 50)", "ALTER TABLE live_stream RESET (fillfactor)"),
        migrations.RunSQL(
            "ALTER TABLE channels_app_membership SET (fillfactor = 80)",
            "ALTER TABLE channels_app_membership RESET (fillfactor)",
        ),
    ]
