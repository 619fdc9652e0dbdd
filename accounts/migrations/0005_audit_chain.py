"""The chain of the audit log: its head, the hashes of entries written so far, and rows that cannot change."""

from django.db import migrations, models

from accounts.models.audit import seal

# Tests empty every table between runs: they alone open their connections with kyoso.emptying = on.
APPEND_ONLY = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('kyoso.emptying', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_entries_stay BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_head_stays BEFORE DELETE ON accounts_audithead
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_head_is_not_emptied BEFORE TRUNCATE ON accounts_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON accounts_audithead
    FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.count < OLD.count OR NEW.last_id < OLD.last_id
        OR NEW.count = OLD.count AND (NEW.last_id, NEW.chained) IS DISTINCT FROM (OLD.last_id, OLD.chained))
    EXECUTE FUNCTION audit_refuse_change();
"""
CHANGEABLE = """
DROP TRIGGER audit_entry_stays ON accounts_auditentry;
DROP TRIGGER audit_entries_stay ON accounts_auditentry;
DROP TRIGGER audit_head_stays ON accounts_audithead;
DROP TRIGGER audit_head_is_not_emptied ON accounts_audithead;
DROP TRIGGER audit_head_only_grows ON accounts_audithead;
DROP FUNCTION audit_refuse_change();
"""


def chain(apps, schema_editor):
    """Chain the entries written so far in the order of their ids, and make the head."""
    entries, heads = apps.get_model("accounts", "AuditEntry"), apps.get_model("accounts", "AuditHead")
    head = heads(id=1)
    for entry in entries.objects.order_by("id").iterator():
        entry.chained_before = head.chained
        entry.chained = seal(entry)
        entries.objects.filter(pk=entry.pk).update(
            chained_before=entry.chained_before, chained=entry.chained
        )
        head.count, head.last_id, head.chained = head.count + 1, entry.pk, entry.chained
    head.save()


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_registration_tickets'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('count', models.BigIntegerField(default=0)),
                ('last_id', models.BigIntegerField(default=0)),
                ('chained', models.CharField(blank=True, max_length=64)),
                ('checked_at', models.DateTimeField(null=True)),
                ('checked_count', models.BigIntegerField(default=0)),
                ('broken_id', models.BigIntegerField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='audit_has_one_head')],
            },
        ),
        migrations.RunPython(chain, migrations.RunPython.noop),
        migrations.RunSQL(APPEND_ONLY, CHANGEABLE),
    ]
