"""The directory of members, and the page of one."""

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.members import resume, suspend
from accounts.actions.refusals import Refused
from accounts.cards import MemberCard
from accounts.forms.members import SearchForm, SuspensionForm
from accounts.models import Member
from accounts.requests import MemberRequest

ON_A_PAGE = 50
BAD_INPUT = 422


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Members by words and prefecture, in the order of their kana."""
    form = SearchForm(request.GET)
    people = Member.objects.visible_to(request.user)
    if not request.user.is_secretariat:
        people = people.active()
    if form.is_valid():
        people = people.found_by(form.cleaned_data["q"]).working_in(form.cleaned_data["prefecture"])
    page = Paginator(people.with_affiliations().with_terms(), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "members/index.html", {"form": form, "members": as_cards(page)})


def as_cards(page: Page) -> Page:
    """The same page with what its rows print."""
    page.object_list = [MemberCard(member) for member in page.object_list]
    return page


@require_safe
def show(request: MemberRequest, member_id: int) -> HttpResponse:
    """One member's page."""
    member = member_or_404(request, member_id)
    return member_page(request, member, SuspensionForm())


def member_or_404(request: MemberRequest, member_id: int) -> Member:
    """The member, if the visitor may see them."""
    people = Member.objects.visible_to(request.user).with_affiliations().with_terms()
    return get_object_or_404(people, pk=member_id)


def member_page(request, member: Member, form: SuspensionForm, status: int = 200) -> HttpResponse:
    """The page with the secretariat's form; nobody can suspend themself."""
    facts = {
        "member": member,
        "badges": MemberCard(member).badges,
        "affiliations": member.affiliations.all(),
        "may_suspend": request.user.is_secretariat and member.pk != request.user.pk,
        "form": form,
    }
    return render(request, "members/show.html", facts, status=status)


@require_POST
def suspension(request: MemberRequest, member_id: int) -> HttpResponse:
    """Suspend a member with a reason, or resume one (`deed=resume`). For the secretariat; others get 404."""
    if not request.user.is_secretariat:
        raise Http404
    member = member_or_404(request, member_id)
    form = SuspensionForm(request.POST)
    try:
        if request.POST.get("deed") == "resume":
            resume(request.user, member)
            messages.success(request, f"{member.name}さんの利用を再開しました。")
        elif not form.is_valid():
            return member_page(request, member, form, status=BAD_INPUT)
        else:
            suspend(request.user, member, reason=form.cleaned_data["reason"])
            messages.success(request, f"{member.name}さんの利用を止めました。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("member", member.pk)
