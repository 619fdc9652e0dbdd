"""「チャンネルの並べ方」: own headings, their order, and which channel stands under which."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import MemberRequest
from channels_app.actions import memberships
from channels_app.actions.sections import create_section, delete_section, move_section, rename_section
from channels_app.forms.channels import SectionForm
from channels_app.models import Channel, Section
from channels_app.views import answers, shell

PAGE = "/channels/arrangement/"
MOVES: dict[str, Callable] = {
    "up": partial(move_section, by=-1),
    "down": partial(move_section, by=1),
    "delete": delete_section,
}


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: MemberRequest) -> HttpResponse:
    """The headings and every channel of the member; POST makes a heading."""
    form = SectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = form.attempt(create_section, request.user, name=form.cleaned_data["name"])
        if made:
            messages.success(request, f"見出し「{made.name}」を作りました。下でチャンネルを移せます。")
            return answers.SeeOther(PAGE)
    return _page(request, form, form.status if form.errors else 200)


def _page(request: MemberRequest, form: SectionForm, status: int = 200, renaming: int = 0) -> HttpResponse:
    """The page; `renaming` is the id of the heading whose new name was refused."""
    sections = list(Section.objects.visible_to(request.user))
    context = {
        "form": form if not renaming else SectionForm(),
        "renaming": renaming,
        "rename_form": form if renaming else None,
        "own_sections": sections,
        "own_channels": shell.channels_of(request.user),
    }
    return render(request, "channels/arrangement.html", context, status=status)


@require_POST
def change(request: MemberRequest, section_id: int) -> HttpResponse:
    """Rename (`name`), move up or down, or delete one of one's own headings (`deed`)."""
    section = get_object_or_404(Section.objects.visible_to(request.user), pk=section_id)
    deed = request.POST.get("deed", "")
    if deed in MOVES:
        _, refusal = answers.attempt(request, MOVES[deed], request.user, section)
        return refusal or answers.SeeOther(f"{PAGE}#sections")
    form = SectionForm(request.POST, auto_id=f"section_{section.pk}_%s")
    if form.is_valid() and form.attempt(rename_section, request.user, section, **form.cleaned_data):
        return answers.SeeOther(f"{PAGE}#sections")
    return _page(request, form, form.status, section.pk)


@require_POST
def place(request: MemberRequest) -> HttpResponse:
    """Put one channel (`channel`, its id) under a heading (`section`, "" for that of its kind)."""
    joined = Channel.objects.visible_to(request.user).joined_by(request.user)
    channel = get_object_or_404(joined, pk=answers.number(request.POST.get("channel")) or 0)
    wanted = answers.number(request.POST.get("section"))
    sections = Section.objects.visible_to(request.user)
    section = get_object_or_404(sections, pk=wanted) if wanted else None
    _, refusal = answers.attempt(request, memberships.place, request.user, channel, section=section)
    return refusal or answers.SeeOther(f"{PAGE}#row-{channel.pk}")
