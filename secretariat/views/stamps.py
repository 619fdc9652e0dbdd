"""スタンプ: the deployment's own stamps, for the secretariat; others get 404."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import MemberRequest
from channels_app.actions.refusals import Refused
from channels_app.actions.stamps import add_stamp, offer_stamp, rename_stamp, retire_stamp
from channels_app.models import OwnStamp
from secretariat.forms.stamps import StampForm, StampWordsForm
from secretariat.views.audit import for_secretariat

BAD_INPUT = 422


@require_http_methods(["GET", "HEAD", "POST"])
@for_secretariat
def index(request: MemberRequest) -> HttpResponse:
    """All own stamps, and the form for a new one."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = StampForm(*sent)
    if form.is_bound and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("name", "kana")}
        if done(form, add_stamp, request.user, **facts, picture=form.drawn):
            messages.success(request, f"「{facts['name']}」を加えました。")
            return redirect("desk_stamps")
    rows = OwnStamp.objects.visible_to(request.user).light().select_related("made_by")
    status = BAD_INPUT if form.errors else 200
    return render(request, "secretariat/stamps/index.html", {"form": form, "stamps": rows}, status=status)


def done(form: BaseForm, action: Callable, *args, **facts) -> bool:
    """Whether the action did it; a refusal is told in the form."""
    try:
        action(*args, **facts)
    except Refused as refusal:
        form.add_error("name", str(refusal))
        return False
    return True


def stamp_or_404(request: MemberRequest, stamp_id: int) -> OwnStamp:
    """An own stamp."""
    return get_object_or_404(OwnStamp.objects.visible_to(request.user).light(), pk=stamp_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_secretariat
def show(request: MemberRequest, stamp_id: int) -> HttpResponse:
    """Change name and reading of a stamp."""
    stamp = stamp_or_404(request, stamp_id)
    form = StampWordsForm(request.POST or None, instance=stamp_or_404(request, stamp_id))
    if (
        form.is_bound
        and form.is_valid()
        and done(form, rename_stamp, request.user, stamp, **form.cleaned_data)
    ):
        messages.success(request, f"「{form.cleaned_data['name']}」に直しました。")
        return redirect("desk_stamps")
    status = BAD_INPUT if form.errors else 200
    return render(request, "secretariat/stamps/show.html", {"form": form, "stamp": stamp}, status=status)


@require_POST
@for_secretariat
def retirement(request: MemberRequest, stamp_id: int) -> HttpResponse:
    """Take a stamp out of the picker, or with `deed=offer` put it back."""
    stamp = stamp_or_404(request, stamp_id)
    action = offer_stamp if request.POST.get("deed") == "offer" else retire_stamp
    try:
        stamp = action(request.user, stamp)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        word = (
            "選べないようにしました。押された投稿には残ります"
            if stamp.retired_at
            else "また選べるようにしました"
        )
        messages.success(request, f"「{stamp.name}」を{word}。")
    return redirect("desk_stamps")
