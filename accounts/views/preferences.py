"""表示と通知の設定: a member's own settings."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.actions.preferences import prefer
from accounts.forms.preferences import PreferencesForm
from accounts.requests import MemberRequest
from accounts.views.members import BAD_INPUT


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest) -> HttpResponse:
    """The settings and their form. A bad answer changes nothing, and the others stay as they were chosen."""
    if request.method != "POST":
        form = PreferencesForm(initial=PreferencesForm.of(request.user))
        return render(request, "preferences/edit.html", {"form": form})
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return render(request, "preferences/edit.html", {"form": form}, status=BAD_INPUT)
    prefer(request.user, **form.wishes())
    messages.success(request, "設定を保存しました。")
    return redirect("preferences")
