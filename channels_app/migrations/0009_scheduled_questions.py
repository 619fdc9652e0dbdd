"""A scheduled post may be a question, or a reply that stands in the channel as well."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels_app", "0008_recent_stamps")]

    operations = [
        migrations.AddField(
            model_name="scheduledpost",
            name="in_channel",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="scheduledpost",
            name="title",
            field=models.CharField(blank=True, db_default="", max_length=80, verbose_name="質問の見出し"),
        ),
    ]
