from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_audit_chain"),
    ]

    operations = [
        migrations.AddField(
            model_name="registration",
            name="evidence",
            field=models.CharField(blank=True, max_length=500, verbose_name="確かめた根拠"),
        ),
        migrations.AddField(
            model_name="registration",
            name="waited_days",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="以前の確認で待った営業日"),
        ),
    ]
