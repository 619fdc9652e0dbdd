"""The unsent text of a question has a title."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels_app", "0009_scheduled_questions")]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="title",
            field=models.CharField(blank=True, db_default="", max_length=80, verbose_name="質問の見出し"),
        ),
    ]
