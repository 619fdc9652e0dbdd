"""Questions: the board of a channel, accepting an answer, closing."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import fragments
from channels_app.actions import questions
from channels_app.models import Question
from channels_app.views import answers, channel_page

SHOWN = 30  # questions of a page
# The tab's address, its label, and the sentence of the QuerySet behind it.
TABS = {
    "": ("未解決", "unsolved"),
    "unanswered": ("未回答", "unanswered"),
    "solved": ("解決済み", "solved"),
    "all": ("すべて", "all"),
}
DEEDS = {
    "accept": questions.accept_answer,
    "withdraw": questions.withdraw_answer,
    "close": questions.close_question,
    "reopen": questions.reopen_question,
}


@require_safe
def index(request: MemberRequest, slug: str) -> HttpResponse:
    """The questions of a channel, newest first; ?state= chooses a tab, ?before= goes back in time."""
    visit = channel_page.visit_or_404(request.user, slug)
    state = request.GET.get("state", "")
    chosen = state if state in TABS else ""
    before = answers.number(request.GET.get("before"))
    asked = getattr(Question.objects.visible_to(request.user).filter(channel=visit.channel), TABS[chosen][1])
    found = _page(asked(), before)
    context = {
        "visit": visit,
        "channel": visit.channel,
        "chosen": chosen,
        "tabs": [{"state": state, "label": label} for state, (label, _) in TABS.items()],
        "questions": found[:SHOWN],
        "next": found[SHOWN - 1].pk if len(found) > SHOWN else None,
    }
    return render(request, "questions/index.html", context)


def _page(asked, before: int | None) -> list[Question]:
    """One page and one question more, which tells whether there are others."""
    if before:
        asked = asked.filter(post__lt=before)
    joined = asked.select_related("post__author", "post__affiliation__organisation")
    return list(joined.order_by("-post")[: SHOWN + 1])


@require_POST
def settle(request: MemberRequest, post_id: int) -> HttpResponse:
    """Accept or take back an answer (of a reply), close or reopen (of a question); again changes nothing."""
    post = channel_page.post_or_404(request.user, post_id)
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        return answers.refused(request, "もう一度、操作を選んでください。", 422)
    earlier = Question.objects.filter(post=post.thread_id).values_list("answer", flat=True).first()
    question, refusal = answers.attempt(request, deed, request.user, post)
    if refusal:
        return refusal
    return _settled(request, post, {post.pk, question.post_id, earlier})


def _settled(request: HttpRequest, post, touched: set[int | None]) -> HttpResponse:
    if not answers.wants_json(request):
        return answers.back(request, post.get_absolute_url(), f"post-{post.pk}")
    shown = fragments.posts(pk for pk in touched if pk)
    return JsonResponse({"html": "\n".join(fragment.html for fragment in shown.values())})
