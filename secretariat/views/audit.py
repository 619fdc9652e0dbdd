"""記録: the audit log for the secretariat, its export and its verification."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.audit import ask_for_verification, export_asked
from accounts.models import AuditEntry
from accounts.requests import MemberRequest
from secretariat.audit_export import lines_of
from secretariat.audit_rows import chain_state, rows_of
from secretariat.forms.audit import AuditFilterForm, before, cursor_of

ON_A_PAGE = 50
BAD_INPUT = 422


def for_secretariat(view: Callable) -> Callable:
    """Only the secretariat knows that the log can be read; others get 404."""

    @never_cache
    @wraps(view)
    def guarded(request: MemberRequest, *args, **kwargs) -> HttpResponseBase:
        if not request.user.is_secretariat:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@for_secretariat
def index(request: MemberRequest) -> HttpResponse:
    """Entries, newest first; `before` is the number of the oldest entry of the page before."""
    return page_of(request, AuditFilterForm(request.GET), cursor_of(request.GET.get("before", "")))


def page_of(request: MemberRequest, form: AuditFilterForm, cursor: int | None, status: int = 200):
    """One page of what the form finds; the number of queries does not depend on the log's length."""
    found = form.found_in(AuditEntry.objects.visible_to(request.user))
    entries = list(before(found, cursor)[: ON_A_PAGE + 1])
    shown = entries[:ON_A_PAGE]
    facts = {
        "form": form,
        "rows": rows_of(shown),
        "chain": chain_state(),
        "older": shown[-1].pk if len(entries) > ON_A_PAGE else None,
        "cursor": cursor,
        "years": settings.AUDIT_YEARS,
    }
    return render(request, "secretariat/audit/index.html", facts, status=status)


@require_POST
@for_secretariat
def export(request: MemberRequest) -> HttpResponseBase:
    """What the form finds as a CSV file; taking it away is itself recorded."""
    form = AuditFilterForm(request.POST)
    if not form.is_valid():
        return page_of(request, form, None, BAD_INPUT)
    found = form.found_in(AuditEntry.objects.visible_to(request.user))
    entry = export_asked(request.user, found.count(), form.asked)
    lines = lines_of(before(found, entry.pk))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="kyoso-audit-{localdate():%Y%m%d}.csv"'
    return answer


@require_POST
@for_secretariat
def verification(request: MemberRequest) -> HttpResponse:
    """Have the whole log verified now rather than in the night."""
    ask_for_verification(request.user)
    messages.success(request, "検証を始めました。終わると、この画面に結果が出ます。")
    return redirect("desk_audit")
