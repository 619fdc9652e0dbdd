"""ダイレクト: choosing with whom to talk, and beginning."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.models import Member
from accounts.requests import MemberRequest
from channels_app.actions.directs import MOST, talk_with
from channels_app.people_search import candidates
from channels_app.views import answers


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: MemberRequest) -> HttpResponse:
    """Choose people (`?to=` ids, `?q=` words); POST begins, or finds, the conversation of exactly them."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(request.user, asked.getlist("to"))
    if request.method == "POST":
        channel, refusal = answers.attempt(request, talk_with, request.user, chosen)
        return refusal or answers.SeeOther(channel.get_absolute_url() if channel else "/directs/")
    words = request.GET.get("q", "")[:100]
    taken = [request.user.pk, *(one.pk for one in chosen)]
    context = {
        "q": words,
        "chosen": chosen,
        "found": candidates(request.user, words, without=taken),
        "is_full": len(chosen) >= MOST - 1,
        "most": MOST,
    }
    return render(request, "directs/index.html", context)


def _chosen(member: Member, wanted: list[str]) -> list[Member]:
    """The members named in the address, in the order of their kana; unknown numbers are left out."""
    ids = [number for one in wanted[:MOST] if (number := answers.number(one))]
    people = Member.objects.visible_to(member).with_affiliations().filter(pk__in=ids)
    return list(people.exclude(pk=member.pk).order_by("kana", "pk"))
