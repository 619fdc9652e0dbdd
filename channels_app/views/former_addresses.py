"""Old addresses of channels: after a rename or a merger they lead on, with everything behind them."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import Member
from channels_app.models import Channel, FormerAddress

CURSORS = {"before", "after", "around", "thread"}


class MovedOn(HttpResponseRedirect):
    """307: the same method and content at another address; for a form that was open while it moved."""

    status_code = 307


class Moved(Http404):
    """There is no such address any more; `answer` leads on (kyoso.refusals.not_found asks for it)."""

    def __init__(self, slug: str, channel: Channel):
        super().__init__(slug)
        self.slug, self.channel = slug, channel

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The same page at the new address. A merged channel leads to the one it became part of, unless a
        link names a place in it.
        """
        within = CURSORS & set(request.GET) or request.path != f"/channels/{self.slug}/"
        channel = self.channel if within else final_of(self.channel)
        path = request.path.replace(f"/channels/{self.slug}/", channel.get_absolute_url(), 1)
        query = request.META.get("QUERY_STRING", "")
        answer = HttpResponseRedirect if request.method in {"GET", "HEAD"} else MovedOn
        return answer(f"{path}?{query}" if query else path)


def final_of(channel: Channel) -> Channel:
    """The channel that a merged one lives on in; itself when it was not merged."""
    while channel.merged_into is not None:
        channel = channel.merged_into
    return channel


def not_found(member: Member, slug: str) -> Http404:
    """What to raise for an address without a channel that the member may see: Moved when it was one once."""
    seen = FormerAddress.objects.filter(slug=slug, channel__in=Channel.objects.visible_to(member))
    former = seen.select_related("channel__merged_into").first()
    return Moved(slug, former.channel) if former else Http404(slug)
