"""The directory's search rows in their order, and a short list of those whom it does not show."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE accounts_directoryrow SET kana = accounts_member.kana
FROM accounts_member WHERE accounts_member.id = accounts_directoryrow.member_id
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_registration_by_address")]

    operations = [
        migrations.AlterField(
            "directoryrow",
            "member",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="directory_row",
                serialize=False,
                to="accounts.member",
            ),
        ),
        migrations.AddField("directoryrow", "kana", models.CharField(default="", max_length=80)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField("directoryrow", "kana", models.CharField(max_length=80)),
        migrations.AddIndex(
            "directoryrow", models.Index(fields=["kana", "member"], name="directory_row_by_kana")
        ),
        migrations.AddIndex(
            "member",
            models.Index(condition=models.Q(is_active=False), fields=["id"], name="member_not_active"),
        ),
    ]
