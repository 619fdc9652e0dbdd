from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_member_preferences")]

    operations = [
        migrations.AddField("member", "ladder_closed_at", models.DateTimeField(blank=True, null=True)),
    ]
