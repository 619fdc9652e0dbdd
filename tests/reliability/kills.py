"""R4, the kill loop: processes, PostgreSQL and Redis die again and again while members write.

Writers reply to threads and press stamps through an outbox (the same cid until it is acknowledged). A reply
leaves a job that tells the thread's author; its effect is a row of their inbox. Afterwards the database is
asked: everything that was answered with 2xx is there, once; nothing is there twice; every job has had its
effect, once. The control writes beside them without an outbox and believes that what was sent has arrived.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import SimpleNamespace

import psutil
from django.conf import settings
from django.db import DatabaseError, connections

from bench.machine import SERVER_CORE
from channels_app.models import Channel, Notification, Post, Reaction
from kyoso import embedded_account
from tests.channels_app.live.wire import MortalRedis
from tests.reliability import breakings
from tests.reliability.audience import COOKIES, pass_of, place_of, port_of
from tests.reliability.clients import Outbox
from tests.reliability.deeds import STAMP
from tests.reliability.figures import Figure, Target
from tests.reliability.stage import Stage, on_core
from tests.site import LiveSite
from tests.waiting import until

WRITERS = 6
PAUSE = 0.05  # seconds of a writer between two deeds
CARELESS_PAUSE = 0.5
BETWEEN = 3  # deeds acknowledged between two blows
JOBS_LIMIT = 240  # seconds: a worker's death is seen after 30 s, by a task that runs every minute
RESTART_LIMIT = 60.0
PARTS = ("page worker", "live worker", "job worker")


@dataclass
class Arena:
    """Who writes, and what may be killed."""

    site: LiveSite
    redis: MortalRedis
    chance: Random
    channel: Channel
    author: int
    boxes: list[Outbox]
    careless: Outbox
    roots: list[int] = field(default_factory=list)
    believed: list[str] = field(default_factory=list)  # texts that the control takes for sent
    blows: Counter = field(default_factory=Counter)

    @property
    def acknowledged(self) -> int:
        """Deeds answered with 2xx by now."""
        return sum(len(box.sent) for box in self.boxes)


def measure(stage: Stage) -> Figure:
    """Write and kill, then count."""
    figure = Figure("R4", "Killed under load: what was acknowledged is there, once")
    blows = stage.size(smoke=(2, 1, 1), short=(20, 5, 5), full=(200, 50, 50))
    with ExitStack() as stack:
        redis = stack.enter_context(stage.redis())
        changed = COOKIES | {"PAGE_WORKERS": "2", "redis_url": redis.url}
        site = stack.enter_context(stage.site(web=1, jobs=1, **changed))
        with on_core(SERVER_CORE):
            site.start("--live", "--workers", "2")
        arena = cast(stage, site, redis)
        # A job worker's death is noticed after a minute and a half: too long for the smallest run.
        parts = PARTS[: stage.size(smoke=2, short=3, full=3)]
        begun = time.monotonic()
        asyncio.run(play(arena, blows, parts))
        connections.close_all()
        fought = time.monotonic() - begun
        late = waited_for_jobs(arena)
    count(figure, arena, fought, late)
    return figure


def cast(stage: Stage, site: LiveSite, redis: MortalRedis) -> Arena:
    """One author of threads, writers who reply, and one without an outbox."""
    author, careless, *writers = stage.members(WRITERS + 2)
    channel = stage.channel(author, careless, *writers)
    place = place_of(site)
    boxes = [Outbox(place, pass_of(site.origin, member), limit=5.0) for member in (author, *writers)]
    control = Outbox(place, pass_of(site.origin, careless), limit=5.0)
    return Arena(site, redis, stage.chance("R4"), channel, author.pk, boxes, control)


# -- writing


async def play(arena: Arena, blows: tuple[int, int, int], parts: tuple[str, ...]) -> None:
    """Let everybody write while the blows fall, then let what is under way end."""
    told = await arena.boxes[0].post(arena.channel.slug, "話題", cid=cid(arena.chance))
    arena.roots.append(told["id"])
    stop = asyncio.Event()
    writing = [asyncio.create_task(write(arena, box, stop)) for box in arena.boxes[1:]]
    writing.append(asyncio.create_task(write_carelessly(arena, stop)))
    for blow in order(arena.chance, blows):
        await strike(arena, blow, parts)
    stop.set()
    await asyncio.gather(*writing)


def order(chance: Random, blows: tuple[int, int, int]) -> list[str]:
    """The blows in a random order."""
    found = [
        name
        for name, times in zip(("process", "postgresql", "redis"), blows, strict=True)
        for _ in range(times)
    ]
    chance.shuffle(found)
    return found


async def write(arena: Arena, box: Outbox, stop: asyncio.Event) -> None:
    """A reply, a stamp on it, and again."""
    while not stop.is_set():
        root = arena.chance.choice(arena.roots)
        said = await box.send(f"/posts/{root}/replies/", text=text(arena), cid=cid(arena.chance))
        if said:
            await box.send(f"/posts/{said['id']}/reactions/{STAMP}/", on="1")
        await asyncio.sleep(PAUSE)


async def write_carelessly(arena: Arena, stop: asyncio.Event) -> None:
    """The control: sent once, and taken for granted."""
    path, under_way = f"/channels/{arena.channel.slug}/posts/", set()
    while not stop.is_set():
        said = text(arena)
        arena.believed.append(said)
        sending = arena.careless.once(path, {"text": said, "cid": cid(arena.chance)}, 0)
        under_way.add(asyncio.create_task(sending))
        await asyncio.sleep(CARELESS_PAUSE)
    await asyncio.gather(*under_way)


def cid(chance: Random) -> str:
    """A client's id of an attempt."""
    return f"{chance.getrandbits(32):08x}-0000-4000-8000-{chance.getrandbits(48):012x}"


def text(arena: Arena) -> str:
    """A text that no other post has."""
    return f"窓口の記録 {arena.chance.getrandbits(64):016x}"


# -- killing


async def strike(arena: Arena, blow: str, parts: tuple[str, ...]) -> None:
    """One blow, what heals it, and some deeds that get through afterwards."""
    if blow == "process":
        await asyncio.to_thread(kill_process, arena, arena.chance.choice(parts))
    elif blow == "redis":
        arena.blows["Redis"] += 1
        await asyncio.to_thread(arena.redis.kill)
        await some_deeds(arena)
        await asyncio.to_thread(arena.redis.start)
    else:
        arena.blows["PostgreSQL"] += 1
        await asyncio.to_thread(crash_database)
    await some_deeds(arena)


async def some_deeds(arena: Arena) -> None:
    """Wait until some more deeds are acknowledged: the site works."""
    wanted = arena.acknowledged + BETWEEN
    async with asyncio.timeout(RESTART_LIMIT):
        while arena.acknowledged < wanted:
            await asyncio.to_thread(revive, arena)
            await asyncio.sleep(0.05)


def kill_process(arena: Arena, part: str) -> None:
    """SIGKILL to one process; its supervisor starts the next one, for job workers that is us."""
    arena.blows[part] += 1
    scene = SimpleNamespace(site=arena.site)
    if part == "job worker":
        arena.site.jobs.pop().stop(signal.SIGKILL)
        with on_core(SERVER_CORE):
            arena.site.start_jobs()
        return
    revive(arena)
    found: Callable = breakings.page_workers if part == "page worker" else breakings.workers
    victim: psutil.Process = arena.chance.choice(until(lambda: found(scene), what=f"there is a {part}"))
    victim.kill()
    until(lambda: not victim.is_running() or victim.status() == psutil.STATUS_ZOMBIE, what="it is gone")


def revive(arena: Arena) -> None:
    """What a service unit does: granian gives up when two of its workers die within seconds."""
    (server,) = arena.site.web
    if server.process.poll() is None:
        return
    arena.blows["page server (gave up)"] += 1
    port = port_of(server.origin)
    with on_core(SERVER_CORE):
        arena.site.web[:] = [arena.site.launch("--web", "--port", str(port), port=port)]


def crash_database() -> None:
    """As in a power cut; it recovers from its log."""
    places = embedded_account.places(Path(settings.VAR_DIR))
    with breakings.database_crash(SimpleNamespace(database=places)):  # type: ignore[arg-type]
        pass


# -- counting


def replies(arena: Arena) -> dict[int, str]:
    """The acknowledged replies: their number and cid."""
    return {
        one.told["id"]: one.cid for box in arena.boxes for one in box.sent if one.path.endswith("/replies/")
    }


def missing_effects(arena: Arena) -> set[int]:
    """Acknowledged replies of which the author's inbox says nothing."""
    told = Notification.objects.filter(member=arena.author).values_list("post_id", flat=True)
    return set(replies(arena)) - set(told)


def waited_for_jobs(arena: Arena) -> set[int]:
    """Wait until every job has had its effect; those that have not in the end."""
    end = time.monotonic() + JOBS_LIMIT
    missing = {0}
    while missing and time.monotonic() < end:
        try:
            missing = missing_effects(arena)
        except DatabaseError:
            connections.close_all()
        time.sleep(0.2)
    return missing


def count(figure: Figure, arena: Arena, fought: float, late: set[int]) -> None:
    """Compare what was acknowledged with the database."""
    said, posts = replies(arena), Post.objects.filter(channel=arena.channel)
    kept = {post: str(cid) for post, cid in posts.values_list("pk", "cid")}
    wrong = [post for post, cid in said.items() if kept.get(post) != cid]
    doubled = [text for text, times in Counter(posts.values_list("text", flat=True)).items() if times > 1]
    pressed = {
        int(one.path.split("/")[2]) for box in arena.boxes for one in box.sent if "reactions" in one.path
    }
    there = Reaction.objects.filter(post__channel=arena.channel, stamp=STAMP).values_list(
        "post_id", flat=True
    )
    rows = Counter(
        Notification.objects.filter(member=arena.author, post__in=said).values_list("post_id", flat=True)
    )
    lost = set(arena.believed) - set(posts.values_list("text", flat=True))
    figure.rows.append(
        {
            "killed": ", ".join(f"{name} {times}" for name, times in sorted(arena.blows.items())),
            "seconds": round(fought, 1),
            "acknowledged replies": len(said),
            "acknowledged stamps": len(pressed),
            "repeated attempts": sum(one.tries - 1 for box in arena.boxes for one in box.sent),
            "replies missing": len(wrong),
            "doubled": len(doubled),
            "stamps missing": len(pressed - set(there)),
            "jobs without effect": len(late),
            "jobs with two effects": sum(times > 1 for times in rows.values()),
            "control: sent without outbox": len(arena.believed),
            "control: lost": len(lost),
        }
    )
    is_enough = len(said) >= BETWEEN * sum(arena.blows.values()) / 2
    judge_kept(figure, wrong, doubled, pressed - set(there))
    judge_told(figure, arena, late, rows, lost)
    figure.check("deeds were acknowledged all the while", is_enough, len(said))


def judge_kept(figure: Figure, wrong: list[int], doubled: list[str], unpressed: set[int]) -> None:
    """What was acknowledged is there, once."""
    figure.check("every acknowledged reply is there, with its cid", not wrong, wrong)
    figure.check("no text is there twice", not doubled, doubled)
    figure.check("every acknowledged stamp is there", not unpressed, unpressed)
    lost = len(wrong) + len(unpressed)
    figure.targets.append(Target("acknowledged deeds lost", "0", str(lost), not lost, "lost"))
    figure.targets.append(Target("replies written twice", "0", str(len(doubled)), not doubled, "duplicated"))


def judge_told(figure: Figure, arena: Arena, late: set[int], rows: Counter, lost: set[str]) -> None:
    """Every job had its effect, once; nobody gave up; and the control lost something."""
    refused = [found for box in arena.boxes for found in box.refused]
    figure.check("every job has had its effect", not late, late)
    figure.check(
        "no job has had its effect twice", all(times == 1 for times in rows.values()), rows.most_common(3)
    )
    figure.check("nothing was refused for good", not refused, refused[:3])
    figure.check(
        "control: without an outbox posts are lost", bool(lost), f"{len(lost)} of {len(arena.believed)}"
    )
