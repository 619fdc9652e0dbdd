"""A scheduled post goes with the post it became; Django's own matter, no column changes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels_app", "0010_draft_title")]

    operations = [
        migrations.AlterField(
            model_name="scheduledpost",
            name="post",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="schedule",
                to="channels_app.post",
            ),
        ),
    ]
