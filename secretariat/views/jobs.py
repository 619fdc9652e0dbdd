"""処理の状況: the background jobs for the secretariat; what failed is tried again or called off."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.jobs import call_off_job, try_job_again, try_task_again
from accounts.actions.refusals import Refused
from accounts.requests import MemberRequest
from kyoso import job_board
from secretariat.job_rows import board_of
from secretariat.job_words import task_label
from secretariat.views.audit import for_secretariat


@require_safe
@for_secretariat
def index(request: MemberRequest) -> HttpResponse:
    """Queues, failures, periodic tasks and workers at this moment."""
    return render(request, "secretariat/jobs/index.html", {"board": board_of(request.GET.get("page", ""))})


def label_or_404(number: int) -> str:
    """What a job does, in words."""
    task = job_board.task_of(number)
    if task is None:
        raise Http404
    return task_label(task)


@contextmanager
def refusals_told(request: MemberRequest) -> Iterator[None]:
    """Show a refusal on the next page."""
    try:
        yield
    except Refused as refusal:
        messages.warning(request, str(refusal))


@require_POST
@for_secretariat
def retrial(request: MemberRequest, number: int) -> HttpResponse:
    """Try one job again."""
    label = label_or_404(number)
    with refusals_told(request):
        try_job_again(request.user, number)
        messages.success(request, f"「{label}」（番号{number}）を、まもなくもう一度試します。")
    return redirect("desk_jobs")


@require_POST
@for_secretariat
def retrials(request: MemberRequest) -> HttpResponse:
    """Try all failed jobs of the task `task` again."""
    task = request.POST.get("task", "")[:128].replace("\0", "")
    with refusals_told(request):
        count = try_task_again(request.user, task)
        messages.success(request, f"「{task_label(task)}」{count}件を、まもなくもう一度試します。")
    return redirect("desk_jobs")


@require_http_methods(["GET", "HEAD", "POST"])
@for_secretariat
def cancellation(request: MemberRequest, number: int) -> HttpResponse:
    """Ask whether a failed job shall never be done, then call it off."""
    label = label_or_404(number)
    if request.method != "POST":
        facts = {"label": label, "number": number, "failure": job_board.failure_of(number)}
        return render(request, "secretariat/jobs/cancellation.html", facts)
    with refusals_told(request):
        call_off_job(request.user, number)
        messages.success(request, f"「{label}」（番号{number}）を取り消しました。")
    return redirect("desk_jobs")
