"""Reading positions: a post was seen, or a channel is unread again from a post on."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from accounts.requests import MemberRequest
from channels_app.actions.inbox import read_post
from channels_app.actions.reading import unread_from
from channels_app.models import Notification
from channels_app.views import answers, channel_page


@require_POST
def unread(request: MemberRequest, post_id: int) -> HttpResponse:
    """Make the channel unread from this post on; people are led to the list of channels.

    The channel's own page would count as read again at once.
    """
    post = channel_page.post_or_404(request.user, post_id)
    stay, refusal = answers.attempt(request, unread_from, request.user, post)
    if refusal:
        return refusal
    if answers.wants_json(request):
        told = "ここから未読にしました。"
        return JsonResponse({"read_posts": stay.read_posts, "from": post.pk, "told": told})
    return answers.SeeOther("/channels/")


@require_POST
def seen(request: MemberRequest, post_id: int) -> HttpResponse:
    """The post came in before the reader's eyes: what the inbox says about it is read."""
    post = channel_page.post_or_404(request.user, post_id)
    read_post(request.user, post)
    if answers.wants_json(request):
        return JsonResponse({"unread": Notification.objects.waiting_for(request.user).count()})
    return answers.SeeOther(post.get_absolute_url())
