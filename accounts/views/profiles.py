"""One's own profile: texts, picture and section."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.affiliations import change_section
from accounts.actions.profiles import edit_profile, remove_picture
from accounts.actions.refusals import Refused
from accounts.audit_watch import within_limit
from accounts.forms.affiliations import SectionForm
from accounts.forms.profiles import ProfileForm
from accounts.requests import MemberRequest
from accounts.views.members import BAD_INPUT


@require_safe
def own(request: MemberRequest) -> HttpResponse:
    """The way to one's own page."""
    return redirect("member", request.user.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest) -> HttpResponse:
    """Introduction, expertise and picture. A bad file changes nothing and what was typed stays.

    Every file counts, also a bad one: what costs is the decoding.
    """
    if request.method != "POST":
        texts = {"introduction": request.user.introduction, "helps_with": request.user.helps_with}
        return render(request, "members/edit.html", {"form": ProfileForm(initial=texts)})
    form = ProfileForm(request.POST, request.FILES)
    form.may_upload = not request.FILES or within_limit(request, "picture")
    if not form.is_valid():
        return render(request, "members/edit.html", {"form": form}, status=BAD_INPUT)
    edit_profile(request.user, **form.facts())
    messages.success(request, "プロフィールを保存しました。")
    return redirect("member", request.user.pk)


@require_POST
def picture_removal(request: MemberRequest) -> HttpResponse:
    """Take one's picture away."""
    if remove_picture(request.user):
        messages.success(request, "写真を取り除きました。")
    return redirect("profile_edit")


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: MemberRequest) -> HttpResponse:
    """Moving to another section of the same organisation."""
    present = request.user.affiliation
    if request.method != "POST":
        form = SectionForm(initial={"section": present.section, "title": present.title} if present else {})
        return render(request, "members/section.html", {"form": form, "present": present})
    form = SectionForm(request.POST)
    try:
        if form.is_valid():
            change_section(request.user, **form.cleaned_data)
            messages.success(request, "所属を保存しました。これからの投稿に、新しい所属が出ます。")
            return redirect("member", request.user.pk)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return render(request, "members/section.html", {"form": form, "present": present}, status=BAD_INPUT)
