"""提案: what members wish for, answered by the secretariat."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import directory
from channels_app.actions.proposals import decline, grant
from channels_app.models import Proposal
from secretariat.forms.channels import DeclineForm, GrantForm
from secretariat.views.audit import for_secretariat


@require_safe
@for_secretariat
def index(request: MemberRequest) -> HttpResponse:
    """Those that wait, the most supported first."""
    seen = Proposal.objects.visible_to(request.user).with_support().select_related("proposer", "channel")
    waiting = seen.undecided().order_by("-support_organisations", "-support_count", "pk")
    decided = seen.exclude(decided_at=None).order_by("-decided_at")[:20]
    context = {"waiting": waiting, "decided": decided}
    return render(request, "secretariat/proposals/index.html", context)


@require_safe
@for_secretariat
def show(request: MemberRequest, proposal_id: int) -> HttpResponse:
    """One proposal with who supports it, channels of a like name, and the two answers."""
    return _page(request, _proposal_or_404(request, proposal_id))


def _proposal_or_404(request: MemberRequest, proposal_id: int) -> Proposal:
    seen = Proposal.objects.visible_to(request.user).with_support().select_related("proposer", "channel")
    return get_object_or_404(seen, pk=proposal_id)


def _page(request: MemberRequest, proposal: Proposal, status: int = 200, **typed) -> HttpResponse:
    forms = {"grant": GrantForm(auto_id="grant_%s"), "decline": DeclineForm(auto_id="decline_%s")}
    context = {
        "proposal": proposal,
        "supports": proposal.supports.select_related("member", "organisation").order_by("pk"),
        "near": directory.like(directory.rows_for(request.user), proposal.name),
        "forms": forms | typed,
        "open": next(iter(typed), ""),
    }
    return render(request, "secretariat/proposals/show.html", context, status=status)


@require_POST
@for_secretariat
def granting(request: MemberRequest, proposal_id: int) -> HttpResponse:
    """Open the channel that was wished for."""
    proposal = _proposal_or_404(request, proposal_id)
    form = GrantForm(request.POST, auto_id="grant_%s")
    if form.is_valid():
        channel = form.attempt(grant, request.user, proposal, **form.cleaned_data)
        if channel:
            messages.success(request, f"「{channel.name}」を作りました。賛成した人は参加しています。")
            return redirect("desk_channel", channel.slug)
    return _page(request, proposal, form.status, grant=form)


@require_POST
@for_secretariat
def declining(request: MemberRequest, proposal_id: int) -> HttpResponse:
    """Say no, with the reason."""
    proposal = _proposal_or_404(request, proposal_id)
    form = DeclineForm(request.POST, auto_id="decline_%s")
    if form.is_valid() and form.attempt(decline, request.user, proposal, **form.cleaned_data):
        messages.success(request, f"「{proposal.name}」を見送り、理由を載せました。")
        return redirect("desk_proposals")
    return _page(request, proposal, form.status, decline=form)
