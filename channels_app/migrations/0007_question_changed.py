from django.db import migrations, models


class Migration(migrations.Migration):
    """The log may say that a question changed; the choices are Django's own, no column changes."""

    dependencies = [("channels_app", "0006_who_tends_channels")]

    operations = [
        migrations.AlterField(
            model_name="liveevent",
            name="kind",
            field=models.SmallIntegerField(
                choices=[
                    (1, "post.published"),
                    (2, "post.edited"),
                    (3, "post.removed"),
                    (4, "post.reacted"),
                    (5, "post.replied"),
                    (6, "question.changed"),
                    (9, "post.pinned"),
                    (20, "channel.changed"),
                    (21, "channel.reloaded"),
                    (22, "member.joined"),
                    (23, "member.left"),
                    (40, "notified"),
                    (41, "read"),
                    (42, "membership.changed"),
                    (43, "reacted"),
                    (45, "session.revoked"),
                    (60, "channels.changed"),
                    (63, "member.changed"),
                    (64, "member.suspended"),
                ]
            ),
        ),
    ]
