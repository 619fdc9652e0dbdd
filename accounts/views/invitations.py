"""The member's own invitations: the list, a new one, taking one back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.invitations import OPEN_AT_ONCE, invite, withdraw
from accounts.actions.refusals import Refused
from accounts.forms.invitations import InvitationForm
from accounts.models import Invitation
from accounts.requests import MemberRequest

BAD_INPUT = 422
LISTED = 100
# The same whether or not the address belongs to a member: that is nobody's business (docs/security.md A8).
INVITED = "招待を受け付けました。まだ会員でない方には、メールで申し込みかたをお知らせします。"


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: MemberRequest) -> HttpResponse:
    """Own invitations, newest first, and the form for another one."""
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            invite(request.user, form.cleaned_data["email"], relation=form.cleaned_data["relation"])
        except Refused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, INVITED)
            return redirect("invitations")
    own = Invitation.objects.visible_to(request.user).select_related("organisation")
    facts = {"form": form, "invitations": own[:LISTED], "limit": OPEN_AT_ONCE}
    return render(request, "invitations/index.html", facts, status=BAD_INPUT if form.errors else 200)


@require_POST
def withdrawal(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back; a second time changes nothing."""
    invitation = get_object_or_404(Invitation.objects.visible_to(request.user), pk=invitation_id)
    if withdraw(request.user, invitation):
        messages.success(request, "招待を取り消しました。")
    return redirect("invitations")
