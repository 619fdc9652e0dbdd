from django.db import migrations, models


class Migration(migrations.Migration):
    """The stamps a member used last stand first in the picker."""

    dependencies = [("channels_app", "0007_question_changed")]

    operations = [
        migrations.AddIndex(
            model_name="reaction",
            index=models.Index(fields=["member", "-reacted_at"], name="reaction_recent"),
        ),
    ]
