"""The directory's search rows, filled for the members there are, and the way from a picture to its member."""

import django.db.models.deletion
from django.db import migrations, models

from kyoso.lib.japanese import folded


def fill(apps, schema_editor):
    """What accounts.actions.directory_rows.refresh_all wrote on the day of this migration."""
    Member, DirectoryRow = apps.get_model("accounts", "Member"), apps.get_model("accounts", "DirectoryRow")
    Affiliation = apps.get_model("accounts", "Affiliation")
    present = {
        found.member_id: found
        for found in Affiliation.objects.filter(valid_to=None).select_related("organisation")
    }
    rows = []
    for member in Member.objects.iterator():
        parts, prefecture = [member.name, member.kana, *member.helps_with.split("、")], ""
        if found := present.get(member.pk):
            place = found.organisation
            prefecture = place.prefecture_code
            parts += [place.name, place.kana, found.section, found.title]
        text = "\n".join("".join(folded(part).split()) for part in parts)
        rows.append(DirectoryRow(member_id=member.pk, text=text, prefecture_code=prefecture))
    DirectoryRow.objects.bulk_create(rows, batch_size=1_000)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_organisation_changes")]

    operations = [
        migrations.CreateModel(
            name="DirectoryRow",
            fields=[
                (
                    "member",
                    models.OneToOneField(
                        on_delete=models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.member",
                    ),
                ),
                ("text", models.TextField()),
                ("prefecture_code", models.CharField(blank=True, max_length=2)),
            ],
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                condition=models.Q(("picture", ""), _negated=True),
                fields=["picture"],
                name="member_by_picture",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
