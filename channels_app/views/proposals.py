"""Proposals of channels: the list, a new one, and its support."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import directory
from channels_app.actions.proposals import propose, support, withdraw_support
from channels_app.forms.channels import ProposalForm
from channels_app.models import Proposal, Support
from channels_app.views import answers

ON_A_PAGE = 20
PAGE = "/channels/proposals/"
DEEDS = {"support": support, "withdraw": withdraw_support}
DONE = {"support": "「{}」に賛成しました。", "withdraw": "「{}」への賛成を取り下げました。"}


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Those that wait for an answer, the most supported first, and those that were answered."""
    seen = Proposal.objects.visible_to(request.user).with_support()
    mine = Support.objects.filter(proposal=OuterRef("pk"), member=request.user)
    seen = seen.annotate(supported=Exists(mine)).select_related("proposer", "channel", "decided_by")
    waiting = seen.undecided().order_by("-support_organisations", "-support_count", "-pk")
    decided = seen.exclude(decided_at=None).order_by("-decided_at", "-pk")
    context = {
        "waiting": Paginator(waiting, ON_A_PAGE).get_page(request.GET.get("page")),
        "decided": decided[:ON_A_PAGE],
    }
    return render(request, "proposals/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """Propose a channel; those with a like name are shown first, and it goes on when `sure` is said."""
    form = ProposalForm(request.POST if request.method == "POST" else None)
    near: list = []
    if request.method == "POST" and form.is_valid():
        near = directory.like(directory.rows_for(request.user), form.cleaned_data["name"])
        if not near or request.POST.get("sure"):
            made = form.attempt(propose, request.user, **form.cleaned_data)
            if made:
                messages.success(
                    request, f"「{made.name}」を提案しました。事務局の返事はこのページに載ります。"
                )
                return answers.SeeOther(f"{PAGE}#proposal-{made.pk}")
    status = form.status if form.errors else 200
    return render(request, "proposals/new.html", {"form": form, "near": near}, status=status)


@require_POST
def change(request: MemberRequest, proposal_id: int) -> HttpResponse:
    """Support a proposal or take one's support back (`deed`); again changes nothing."""
    proposal = get_object_or_404(Proposal.objects.visible_to(request.user), pk=proposal_id)
    deed = request.POST.get("deed", "")
    if deed not in DEEDS:
        return answers.refused(request, "賛成するか取り下げるかを選んでください。", 422)
    _, refusal = answers.attempt(request, DEEDS[deed], request.user, proposal)
    if refusal:
        return refusal
    messages.success(request, DONE[deed].format(proposal.name))
    return answers.SeeOther(f"{PAGE}#proposal-{proposal.pk}")
