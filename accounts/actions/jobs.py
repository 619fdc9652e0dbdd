"""What the secretariat does about background jobs that failed."""

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import Member
from kyoso import job_board
from kyoso.lib.deeds import deed

MOST_AT_ONCE = 500  # jobs put back by one deed; what is left is put back by the next


@deed
def try_job_again(actor: Member, number: int) -> None:
    """Put a job that was given up back into its queue, with a fresh count of tries.

    Raises Refused for everybody but the secretariat, and when the job is not given up (any more) or the same
    work waits already. Side effects in order: the job's row, the audit entry.
    """
    _insist(actor)
    task = _task_of(number)
    if not job_board.try_again(number):
        raise Refused("この処理は、もう失敗のままではないか、同じ処理がすでに待っています。")
    audit.record(actor, "job.retried", job=number, task=task)


@deed
def try_task_again(actor: Member, task: str) -> int:
    """Put every given-up job of a task back into its queue, at most MOST_AT_ONCE; returns their number.

    A job whose work waits already stays as it is. Raises Refused for everybody but the secretariat, and when
    there was none to put back. Side effects in order: the jobs' rows, one audit entry.
    """
    _insist(actor)
    numbers = job_board.failed_jobs().filter(task_name=task).order_by("id").values_list("id", flat=True)
    count = sum(job_board.try_again(number) for number in list(numbers[:MOST_AT_ONCE]))
    if not count:
        raise Refused("もう一度試せる処理は、いまありません。")
    audit.record(actor, "job.retried_all", task=task, count=count)
    return count


@deed
def call_off_job(actor: Member, number: int) -> None:
    """Never do a job that was given up. Its row goes some days later.

    Raises Refused for everybody but the secretariat, and when the job is not given up (any more). Side
    effects in order: the job's row, the audit entry.
    """
    _insist(actor)
    task = _task_of(number)
    if not job_board.give_up(number):
        raise Refused("この処理は、もう失敗のままではありません。")
    audit.record(actor, "job.cancelled", job=number, task=task)


def _task_of(number: int) -> str:
    task = job_board.task_of(number)
    if task is None:
        raise Refused("この処理は、もうありません。")
    return task


def _insist(actor: Member) -> None:
    if not (actor.is_active and actor.is_secretariat):
        raise Refused("処理をやり直せるのは、事務局だけです。")
