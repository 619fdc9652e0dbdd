import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_desk_evidence"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="former_names",
            field=models.JSONField(blank=True, default=list, verbose_name="以前の名称"),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="name_after",
            field=models.CharField(blank=True, max_length=80, verbose_name="変更後の名称"),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="kana_after",
            field=models.CharField(blank=True, max_length=120, verbose_name="変更後のかな"),
        ),
        migrations.AddField(
            model_name="organisationchange",
            name="taken_effect_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="反映日時"),
        ),
        migrations.AddIndex(
            model_name="organisationchange",
            index=models.Index(
                condition=models.Q(("taken_effect_at", None)),
                fields=["effective_on"],
                name="organisation_change_planned",
            ),
        ),
        migrations.CreateModel(
            name="OrganisationUpload",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("master", "名称・合併・廃止・設置"), ("population", "人口")],
                        max_length=10,
                        verbose_name="内容",
                    ),
                ),
                ("content", models.TextField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("changes", models.PositiveIntegerField(verbose_name="変わる団体の数")),
                ("uploaded_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="反映日時")),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-uploaded_at", "-id"]},
        ),
    ]
