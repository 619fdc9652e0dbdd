"""Clients and outboxes for a site: members with real sessions, and waiting until everybody is level."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress

from django.conf import settings

from accounts.models import Member
from bench.visitors import session_for
from channels_app.models import Channel, LiveStream
from tests.channels_app.live.stage import act
from tests.reliability.clients import Client, Outbox, Patience, Place
from tests.reliability.wires import Lost, Pass
from tests.site import LiveSite

CSRF = "c" * 32
OPENING = 6  # pages at once
FIRST_TRIES = 4
SECONDS_BETWEEN_LOOKS = 0.05
# One name of the cookies on every port, as behind one address.
COOKIES = {"PORT": str(settings.PORT)}


def port_of(origin: str) -> int:
    """The port of an address."""
    return int(origin.rsplit(":", 1)[1])


def place_of(site: LiveSite) -> Place:
    """Where the processes of a site stand."""
    live, pages = site.live or site.whole, site.web or site.whole
    return Place([port_of(one.origin) for one in live], [port_of(one.origin) for one in pages])


def pass_of(origin: str, member: Member) -> Pass:
    """A member's browser with a new session. Writes the session."""
    cookies = f"{settings.SESSION_COOKIE_NAME}={session_for(member)}; {settings.CSRF_COOKIE_NAME}={CSRF}"
    return Pass(origin, cookies, CSRF)


def client_of(
    place: Place,
    member: Member,
    found: Pass,
    channels: Sequence[Channel],
    *doors: str,
    patience: Patience | None = None,
) -> Client:
    """A client of a member that looks at these channels."""
    focus = {channel.stream: channel.slug for channel in channels}
    return Client(place, member.pk, found, focus, doors, patience or Patience())


async def open_pages(clients: Iterable[Client]) -> None:
    """Let every client fetch the pages that it may see, some at once."""
    gate = asyncio.Semaphore(OPENING)

    async def opened(client: Client) -> None:
        for slug in client.focus.values():
            async with gate:
                await first_page(client, slug)

    await asyncio.gather(*map(opened, clients))


async def first_page(client: Client, slug: str) -> None:
    """A page, patiently: servers that have just started are slow. Nothing when it may not be seen."""
    for tries in range(FIRST_TRIES):
        try:
            return await client.open_page(slug)
        except ValueError:
            return None
        except (OSError, TimeoutError, Lost):
            if tries == FIRST_TRIES - 1:
                raise
    return None


@asynccontextmanager
async def running(clients: Iterable[Client]) -> Iterator[None]:
    """Keep clients running; what breaks one of them breaks the figure."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.run()) for client in clients]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def heads() -> dict[str, int]:
    """Where every stream stands."""
    return {row.label: row.head for row in LiveStream.objects.all()}


def is_level(client: Client, at: dict[str, int]) -> bool:
    """Whether a client is live and has reached these numbers in everything it holds."""
    reached = all(n >= at[label] for label, n in client.cursors.items())
    return client.is_live and reached and not client.is_renewing


def are_level(clients: Iterable[Client], at: dict[str, int]) -> bool:
    """Whether all clients are level."""
    return all(is_level(client, at) for client in clients)


def at_rest(clients: Iterable[Client]) -> bool:
    """Whether nobody is about to fetch a page."""
    return not any(client.wanting for client in clients)


async def level(clients: Sequence[Client], limit: float, at: dict[str, int] | None = None) -> bool:
    """Wait until all clients are level with `at`, or with the database at rest; False when they are not."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit):
            while True:
                wanted = at or await act(heads)
                while not are_level(clients, wanted):  # noqa: ASYNC110 (looked at from outside)
                    await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
                if at or (at_rest(clients) and wanted == await act(heads)):
                    return True
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    return False


async def acknowledged(outboxes: Iterable[Outbox], limit: float) -> bool:
    """Wait until nothing is under way; False after `limit` seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit):
            while any(outbox.waiting for outbox in outboxes):  # noqa: ASYNC110
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            return True
    return False
