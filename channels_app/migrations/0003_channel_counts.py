"""How many members and organisations are in a channel, stored instead of counted per page."""

from django.db import migrations, models

COUNT = """
UPDATE channels_app_channel SET member_count = counted.members, organisation_count = counted.organisations
FROM (
    SELECT stay.channel_id, count(DISTINCT stay.id) AS members,
        count(DISTINCT affiliation.organisation_id) AS organisations
    FROM channels_app_membership stay
    LEFT JOIN accounts_affiliation affiliation
        ON affiliation.member_id = stay.member_id AND affiliation.valid_to IS NULL
    WHERE stay.left_n IS NULL
    GROUP BY stay.channel_id
) counted
WHERE counted.channel_id = channels_app_channel.id
"""


class Migration(migrations.Migration):
    dependencies = [("channels_app", "0002_live_storage"), ("accounts", "0001_initial")]
    operations = [
        migrations.AddField("channel", "member_count", models.PositiveIntegerField(default=0)),
        migrations.AddField("channel", "organisation_count", models.PositiveIntegerField(default=0)),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
