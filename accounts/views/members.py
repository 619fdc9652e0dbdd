"""The directory of members, the page of one, and what the secretariat does there."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.members import resume, suspend
from accounts.actions.profiles import rename
from accounts.actions.refusals import Refused
from accounts.actions.roles import give_role
from accounts.cards import MemberCard, directory_page
from accounts.forms.members import SearchForm, SuspensionForm
from accounts.forms.profiles import NameForm, RoleForm
from accounts.models import DirectoryRow, Member
from accounts.requests import MemberRequest

BAD_INPUT = 422


@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Members by words, place and organisation, in the order of their kana."""
    form = SearchForm(request.GET)
    rows = DirectoryRow.objects.visible_to(request.user)
    if form.asks:
        rows = form.narrowed(rows)
    members = directory_page(rows, request.GET.get("page", ""), sought=form.asks)
    return render(request, "members/index.html", {"form": form, "members": members})


@require_safe
def show(request: MemberRequest, member_id: int) -> HttpResponse:
    """One member's page."""
    return member_page(request, member_or_404(request, member_id))


def member_or_404(request: MemberRequest, member_id: int) -> Member:
    """The member, if the visitor may see them."""
    people = Member.objects.visible_to(request.user).with_affiliations().with_terms()
    return get_object_or_404(people, pk=member_id)


def member_page(
    request: MemberRequest, member: Member, refused: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    """The page; for the secretariat with its forms, of which `refused` comes back with its errors."""
    facts = {
        "member": member,
        "badges": MemberCard(member).badges,
        "affiliations": member.affiliations.all(),
        "terms": member.ambassador_terms.order_by("-valid_from", "-pk"),
        "is_own": member.pk == request.user.pk,
        "desk": desk_forms(request.user, member, refused),
    }
    return render(request, "members/show.html", facts, status=status)


def desk_forms(visitor: Member, member: Member, refused: forms.Form | None) -> dict:
    """The secretariat's forms by name, none for others. On one's own page only the name can be changed."""
    if not visitor.is_secretariat or member.departed_at:
        return {}
    name_form = NameForm(initial={"name": member.name, "kana": member.kana}, auto_id="name_%s")
    made: dict[str, forms.Form] = {"name": name_form}
    if member.pk != visitor.pk:
        made["role"] = RoleForm(initial={"role": member.role}, auto_id="role_%s")
        made["suspension"] = SuspensionForm()
    return made | {name: refused for name, form in made.items() if type(form) is type(refused)}


def for_secretariat(request: MemberRequest, member_id: int) -> Member:
    """The member a deed of the secretariat is about; everybody else gets 404."""
    if not request.user.is_secretariat:
        raise Http404
    return member_or_404(request, member_id)


def noted(request: MemberRequest, member_id: int, form: forms.Form, deed: Callable) -> HttpResponse:
    """Check the form, do the deed on the member with what it holds, and go back to their page.

    `deed` answers what the secretariat is then told. Errors stand beside the fields; what the deed refuses
    stands above the page.
    """
    member = for_secretariat(request, member_id)
    if not form.is_valid():
        return member_page(request, member, form, status=BAD_INPUT)
    try:
        messages.success(request, deed(member, **form.cleaned_data))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("member", member.pk)


@require_POST
def suspension(request: MemberRequest, member_id: int) -> HttpResponse:
    """Suspend a member with a reason, or resume one (`deed=resume`). For the secretariat."""

    def resumed(member: Member) -> str:
        resume(request.user, member)
        return f"{member.name}さんの利用を再開しました。"

    def suspended(member: Member, reason: str) -> str:
        suspend(request.user, member, reason=reason)
        return f"{member.name}さんの利用を止めました。"

    if request.POST.get("deed") == "resume":
        return noted(request, member_id, forms.Form(request.POST), resumed)
    return noted(request, member_id, SuspensionForm(request.POST), suspended)


@require_POST
def name(request: MemberRequest, member_id: int) -> HttpResponse:
    """Change a member's name at their request. For the secretariat."""

    def renamed(member: Member, **names: str) -> str:
        rename(request.user, member, **names)
        return "氏名を変えました。これまでの投稿にも、まもなく新しい氏名が出ます。"

    return noted(request, member_id, NameForm(request.POST, auto_id="name_%s"), renamed)


@require_POST
def role(request: MemberRequest, member_id: int) -> HttpResponse:
    """Make a member an approver or one of the secretariat, or take it back. For the secretariat."""

    def given(member: Member, role: str) -> str:
        give_role(request.user, member, role=role)
        return f"{member.name}さんの役割を変えました。"

    return noted(request, member_id, RoleForm(request.POST, auto_id="role_%s"), given)
