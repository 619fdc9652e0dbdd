from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_audit_anchor_and_inquiries")]

    operations = [
        migrations.AddField(
            "member",
            "digest",
            models.CharField(
                choices=[
                    ("off", "受け取らない"),
                    ("daily", "毎日（平日の8時30分）"),
                    ("weekly", "毎週（月曜日の8時30分）"),
                ],
                db_default="weekly",
                default="weekly",
                max_length=6,
                verbose_name="まとめメール",
            ),
        ),
        migrations.AddField("member", "digest_sent_at", models.DateTimeField(blank=True, null=True)),
    ]
