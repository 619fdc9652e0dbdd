from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_member_digest")]

    operations = [
        migrations.AddField(
            "member",
            "era",
            models.CharField(
                choices=[("seireki", "西暦（2026年）"), ("wareki", "元号（令和8年）")],
                db_default="seireki",
                default="seireki",
                max_length=7,
                verbose_name="年の表し方",
            ),
        ),
        migrations.AddField(
            "member",
            "enter_sends",
            models.BooleanField(db_default=False, default=False, verbose_name="Enterで送信する"),
        ),
        migrations.AddField(
            "member",
            "announcing",
            models.CharField(
                choices=[("off", "読み上げない"), ("count", "件数だけ"), ("full", "名前と本文")],
                db_default="count",
                default="count",
                max_length=5,
                verbose_name="読み上げ",
            ),
        ),
        migrations.AddField(
            "member",
            "single_keys",
            models.BooleanField(db_default=True, default=True, verbose_name="一文字のショートカット"),
        ),
        migrations.AddField(
            "member",
            "theme",
            models.CharField(
                choices=[("auto", "端末の設定に合わせる"), ("light", "明るい"), ("dark", "暗い")],
                db_default="auto",
                default="auto",
                max_length=5,
                verbose_name="明るさ",
            ),
        ),
    ]
