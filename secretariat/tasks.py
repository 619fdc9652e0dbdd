"""Background tasks of the desk."""

from accounts.actions import audit, audit_anchors
from kyoso.jobs import task


@task(queue_name="bulk", attempts=2)
def verify_audit_log() -> None:
    """Verify the audit log because the desk asked."""
    audit.verify_and_note()


@task(queue_name="bulk", attempts=2, cron="11 19 * * *")
def verify_audit_log_nightly() -> None:
    """Each night at 4:11 JST: verify the audit log and write its head into the log lines."""
    audit.verify_and_note()


@task(queue_name="bulk", attempts=2, cron="41 19 * * *")
def prune_audit_log() -> None:
    """Each night at 4:41 JST, after the verification: remove what is older than AUDIT_YEARS."""
    audit_anchors.prune()
