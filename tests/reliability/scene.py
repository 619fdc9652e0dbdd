"""The scene of the fault matrix: a site behind proxies, clients at every door, steady deeds, a stranger.

Everything a client does goes through one of two proxies, so that every fault of the network can be played.
"""

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from django.conf import settings

from accounts.models import Member
from bench.driver import Driver
from bench.machine import SERVER_CORE
from channels_app.actions.channels import admit
from channels_app.actions.groups import found_group
from channels_app.models import Channel
from kyoso import embedded_account
from kyoso.embedded_account import Places
from tests.channels_app.live.wire import MortalRedis
from tests.proxy import Proxy, running_proxy
from tests.reliability import hooks
from tests.reliability.audience import COOKIES, client_of, pass_of, port_of
from tests.reliability.clients import Client, Outbox, Patience, Place
from tests.reliability.deeds import Churn, Load, Writer
from tests.reliability.stage import Stage, on_core
from tests.site import LiveSite

DOORS = ("socket", "stream", "poll")
WORKERS = "2"
AWAY_SECONDS = 3
DEEDS_PER_SECOND, MOVES_PER_SECOND = 6, 1
# A poll is held as long as it is; what is shorter than the shipped scripts' limits makes a run shorter.
PATIENCE = Patience(first=3.0)


@dataclass(eq=False)
class Forgetful(Client):
    """The control arm: a client that comes back without cursors and takes the present for the whole."""

    async def stay_away(self, code: int, after: float) -> None:
        """As long as a phone in a tunnel."""
        await asyncio.sleep(AWAY_SECONDS)

    def hello(self) -> dict:
        """Names nothing that it holds."""
        return super().hello() | {"cur": {}}

    def greeted(self, said: dict) -> None:
        """Goes on from wherever the server stands."""
        super().greeted(said)
        for label, head in said["heads"].items():
            self.tracks[label][-1].at = head


@dataclass
class Scene:
    """What a fault may break, and who must not notice."""

    stage: Stage
    site: LiveSite
    redis: MortalRedis | None
    live: Proxy
    pages: Proxy
    hooks: Path
    chance: Random
    members: list[Member] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    control: Client | None = None
    outboxes: list[Outbox] = field(default_factory=list)
    load: Load | None = None
    churn: Churn | None = None
    sleepers: Driver | None = None
    # A fault's database connections belong to one thread from beginning to end.
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def folder(self) -> Path:
        """An empty folder that PostgreSQL's account can reach."""
        return self.stage.scratch("fault")

    @property
    def database(self) -> Places:
        """The embedded PostgreSQL."""
        return embedded_account.places(Path(settings.VAR_DIR))

    @property
    def has(self) -> set[str]:
        """What there is for a fault to break."""
        found = {"redis"} if self.redis else {"no redis"}
        found |= {"supervised"} if self.site.web else set()
        found |= {"mount"} if os.geteuid() == 0 and sys.platform == "linux" else set()
        return found | ({"sleepers"} if self.sleepers else set())

    async def in_thread(self, function, *arguments):
        """Run something of a fault."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, function, *arguments)

    def cast(self, doors: Sequence[str]) -> None:
        """Members, channels, clients and those who write: two open channels, a private one, a quiet one."""
        place = Place([self.live.port], [self.pages.port])
        self.members = self.stage.members(8)
        passes = {member.pk: pass_of(self.site.origin, member) for member in self.members}
        owner, second, third, wanderer, resident, *strangers = self.members
        busy, other, quiet = (self.stage.channel(*self.members) for _ in range(3))
        secret = found_group(owner, name="内輪", purpose="", listed=False)
        for member in (second, resident):
            admit(member, secret)
        self.channels = [busy, other, quiet, secret]
        boxes = {member.pk: Outbox(place, passes[member.pk]) for member in self.members}
        self.outboxes = list(boxes.values())
        writers = [Writer(boxes[owner.pk], [busy, other, secret]), Writer(boxes[second.pk], [busy, secret])]
        writers.append(Writer(boxes[third.pk], [other]))
        self.load = Load(writers, self.chance, DEEDS_PER_SECOND)
        self.churn = Churn(
            secret, boxes[owner.pk], [(wanderer, boxes[wanderer.pk])], self.chance, MOVES_PER_SECOND
        )
        self.clients = [
            client_of(place, member, passes[member.pk], self.channels, door, patience=PATIENCE)
            for door in doors
            for member in (wanderer, resident, strangers[0])
        ]

        resident_pass, busy_focus = passes[resident.pk], {busy.stream: busy.slug}
        self.control = Forgetful(place, resident.pk, resident_pass, busy_focus, patience=PATIENCE)

    def put_to_sleep(self, driver: Driver) -> None:
        """Start the clients that can be frozen, one per door."""
        self.sleepers = driver
        member = self.members[4]
        found = next(client for client in self.clients if client.member_id == member.pk)
        one = {"member_id": member.pk, "member": asdict(found.member), "focus": found.focus}
        doors = sorted({client.doors for client in self.clients})
        driver.ask("begin", place=asdict(found.place), sleepers=[one | {"doors": door} for door in doors])


@contextmanager
def standing(stage: Stage, doors: Sequence[str], *, with_redis: bool, whole: bool) -> Iterator[Scene]:
    """A scene: everything in one process, or the pages and two supervised live workers."""
    with ExitStack() as stack:
        redis = stack.enter_context(stage.redis()) if with_redis else None
        folder = stage.scratch("hooks")
        changed = COOKIES | {"DJANGO_SETTINGS_MODULE": "tests.reliability.hooked", hooks.FOLDER: str(folder)}
        changed |= {"redis_url": redis.url} if redis else {}
        if whole:
            site = stack.enter_context(stage.site(**changed))
        else:
            site = stack.enter_context(stage.site(web=1, PAGE_WORKERS=WORKERS, **changed))
            with on_core(SERVER_CORE):
                site.start("--live", "--workers", WORKERS)
        live = stack.enter_context(running_proxy(port_of((site.live or site.whole)[0].origin)))
        pages = stack.enter_context(running_proxy(port_of((site.web or site.whole)[0].origin)))
        scene = Scene(stage, site, redis, live, pages, folder, stage.chance(f"R3 {folder.name}"))
        stack.callback(scene.thread.shutdown)
        scene.cast(doors)
        if not whole:
            scene.put_to_sleep(stack.enter_context(stage.driver("tests.reliability.sleepers")))
        yield scene
