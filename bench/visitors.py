"""Who makes the requests: real members with real sessions, made without the log-in page."""

import json
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from accounts.models import Member
from bench.site import Server
from channels_app.actions.channels import join_channel
from channels_app.models import Channel

CSRF = "b" * 32
SESSION_SECONDS = 7_200
TEXT = "窓口の待ち時間を測ってみました。発券機の記録を**曜日ごと**に並べると、月曜の午前だけ三倍です。"


@dataclass(frozen=True)
class Visitor:
    """A signed-in member."""

    member: Member | None
    session: str

    def head(self, server: Server, method: str, address: str, *more: str) -> str:
        """A request's first lines as a browser sends them, without the empty line at the end."""
        cookies = f"{settings.SESSION_COOKIE_NAME}={self.session}; {settings.CSRF_COOKIE_NAME}={CSRF}"
        lines = (
            f"{method} {address} HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}",
            f"Origin: http://127.0.0.1:{server.port}",
            "Accept-Language: ja",
            f"Cookie: {cookies}",
            *more,
        )
        return "\r\n".join(lines)

    def get(self, server: Server, address: str) -> list[str]:
        """A page, as bench.load wants it."""
        return [self.head(server, "GET", address, "Accept: text/html")]

    def post(self, server: Server, address: str, **fields: str) -> list[str]:
        """A form sent by our own scripts, as bench.load wants it."""
        kind = "Content-Type: application/x-www-form-urlencoded"
        more = (kind, "Accept: application/json", f"X-CSRFToken: {CSRF}")
        return [self.head(server, "POST", address, *more), urlencode(fields)]

    def form(self, server: Server, address: str, **fields: str) -> list[str]:
        """A form sent without scripts, as bench.load wants it."""
        head = self.head(server, "POST", address, "Content-Type: application/x-www-form-urlencoded")
        return [head, urlencode(fields | {"csrfmiddlewaretoken": CSRF})]

    def says(self, server: Server, address: str, text: str = TEXT) -> list[str]:
        """A new post at each request."""
        return self.post(server, address, text=text, cid="CID")

    def says_without_scripts(self, server: Server, address: str) -> list[str]:
        """A new post by the form alone; the answer is a redirect, and the channel counts as read."""
        return self.form(server, address, text=TEXT, cid="CID")


@contextmanager
def signed_in(members: Sequence[Member]) -> Iterator[list[Visitor]]:
    """A session for each member; taken away at the end."""
    visitors = [Visitor(member, session_for(member)) for member in members]
    try:
        yield visitors
    finally:
        Session.objects.filter(session_key__in=[visitor.session for visitor in visitors]).delete()


def session_for(member: Member) -> str:
    """The key of a new session, with what a log-in writes into it."""
    session = SessionStore()
    session[SESSION_KEY] = str(member.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = member.get_session_auth_hash()
    session.set_expiry(SESSION_SECONDS)
    session.create()
    return session.session_key


def members_of(channel: Channel, count: int) -> list[Member]:
    """`count` ordinary members who are in the channel; more join by the product's own deed when needed.

    The newest members first: on a seeded site the crowd, which has read nearly everything, like most people.
    On a site with fewer members some appear more than once.
    """
    usual = Member.objects.filter(is_active=True, role=Member.Role.MEMBER, affiliations__valid_to=None)
    inside = usual.filter(memberships__channel=channel, memberships__left_n=None)
    found = list(inside.order_by("-pk")[:count])
    newcomers = usual.exclude(pk__in=[member.pk for member in found]).order_by("-pk")[: count - len(found)]
    for member in newcomers:
        join_channel(member, channel)
        found.append(member)
    return list(islice(cycle(found), count))


def told(server: Server, wish: list[str], cid: UUID | None = None) -> dict:
    """The statements and bytes of one request to a server of this benchmark (bench.counting)."""
    first, *lines = wish[0].split("\r\n")
    method, address, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines) | {"X-Bench": "1"}
    body = wish[1].replace("CID", str(cid or uuid4())).encode() if method == "POST" else None
    url = f"http://127.0.0.1:{server.port}{address}"
    request = urllib.request.Request(url, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)
