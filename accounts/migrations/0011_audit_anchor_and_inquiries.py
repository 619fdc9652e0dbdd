"""The audit log may lose its oldest entries by age; earlier questions of the desk are kept."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Entries may only go in a removal by age, and never before a year is over (docs/security.md D4); three days
# less than a year leave room for leap days and time zones. A removed anchor or one set back is refused.
REMOVABLE = """
CREATE FUNCTION audit_refuse_early_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('kyoso.pruning', true) = 'on' AND OLD.at < now() - interval '362 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER audit_entry_stays ON accounts_auditentry;
CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_entry_stays_a_year BEFORE DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_early_removal();
CREATE TRIGGER audit_anchor_stays BEFORE DELETE ON accounts_auditanchor
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_anchor_is_not_emptied BEFORE TRUNCATE ON accounts_auditanchor
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_anchor_only_moves_on BEFORE UPDATE ON accounts_auditanchor
    FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.count <= OLD.count OR NEW.last_id <= OLD.last_id)
    EXECUTE FUNCTION audit_refuse_change();
"""
APPEND_ONLY = """
DROP TRIGGER audit_anchor_only_moves_on ON accounts_auditanchor;
DROP TRIGGER audit_anchor_is_not_emptied ON accounts_auditanchor;
DROP TRIGGER audit_anchor_stays ON accounts_auditanchor;
DROP TRIGGER audit_entry_stays_a_year ON accounts_auditentry;
DROP TRIGGER audit_entry_stays ON accounts_auditentry;
CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
DROP FUNCTION audit_refuse_early_removal();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_directory_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("count", models.BigIntegerField(default=0)),
                ("last_id", models.BigIntegerField(default=0)),
                ("chained", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="audit_has_one_anchor")
                ],
            },
        ),
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("question", models.CharField(max_length=400, verbose_name="事務局からの確認")),
                ("asked_at", models.DateTimeField(verbose_name="確認を頼んだ日時")),
                ("answer", models.CharField(blank=True, max_length=400, verbose_name="本人の回答")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="回答日時")),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inquiries",
                        to="accounts.registration",
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "id"],
            },
        ),
        migrations.RunSQL(REMOVABLE, APPEND_ONLY),
    ]
