"""R2, the delivery oracle: everything that checking clients were told, compared with the database."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from channels_app.actions.channels import admit
from channels_app.actions.groups import found_group
from channels_app.models import Channel
from tests.channels_app.live.stage import act
from tests.reliability.audience import (
    COOKIES,
    acknowledged,
    client_of,
    level,
    open_pages,
    pass_of,
    place_of,
    running,
)
from tests.reliability.clients import Client, Outbox
from tests.reliability.deeds import Churn, Load, Writer
from tests.reliability.figures import Figure, Target
from tests.reliability.stage import Stage
from tests.reliability.verdict import FAULTS, Verdict, judge
from tests.site import LiveSite

TITLE = "Delivery oracle: what clients were told is what the database says"
SHARES = (("socket", 0.7), ("stream", 0.2), ("poll", 0.1))
LEVEL_SECONDS, ACKNOWLEDGED_SECONDS = 60, 30


@dataclass(frozen=True)
class Size:
    """How much is done."""

    clients: int
    seconds: float
    deeds: float  # per second
    moves: float  # per second, in and out of the private channels
    wanted: int  # client-events: the load goes on until they are there, at most MOST times as long
    processes: dict


MOST = 3
SMOKE = Size(10, 4, 10, 3, 50, {})
SHORT = Size(100, 60, 12, 2, 5_000, {"live": 2, "web": 1})
FULL = Size(500, 1_800, 6, 1, 1_000_000, {"live": 2, "web": 1, "jobs": 1})


@dataclass
class Company:
    """Who is there: everybody in the open channels, some in the private ones, some who come and go."""

    clients: list[Client]
    spoiled: dict[str, Client]
    load: Load
    churns: list[Churn]
    outboxes: list[Outbox]


def measure(stage: Stage) -> Figure:
    """Run the load, then compare."""
    size = stage.size(smoke=SMOKE, short=SHORT, full=FULL)
    figure = Figure("R2", TITLE)
    with ExitStack() as stack:
        more = {"redis_url": stack.enter_context(stage.redis()).url} if size.processes else {}
        site = stack.enter_context(stage.site(**size.processes, **more, **COOKIES))
        company = cast(stage, site, size)
        asyncio.run(play(company, size, figure))
    return figure


def cast(stage: Stage, site: LiveSite, size: Size) -> Company:
    """Members, channels, clients, writers and wanderers."""
    chance, place = stage.chance("R2"), place_of(site)
    members = stage.members(size.clients + 4)
    passes = {member.pk: pass_of(site.origin, member) for member in members}
    outboxes = {member.pk: Outbox(place, passes[member.pk]) for member in members}
    owner, *others = members
    everybody = [stage.channel(*members) for _ in range(2)]
    secrets = [found_group(owner, name=f"内輪 {i}", purpose="", listed=False) for i in range(2)]
    residents, wanderers = others[: len(others) // 4], others[len(others) // 4 : len(others) // 2]
    for channel in secrets:
        for member in residents:
            admit(member, channel)
    writers = [Writer(outboxes[one.pk], [*everybody, *secrets]) for one in (owner, *residents)[:12]]
    writers += [Writer(outboxes[one.pk], everybody) for one in others[-8:]]
    clients = [
        client_of(place, member, passes[member.pk], [chance.choice(everybody), *secrets], door)
        for member, door in zip(others[3:], doors(size.clients), strict=True)
    ]
    churns = [
        Churn(channel, outboxes[owner.pk], [(one, outboxes[one.pk]) for one in wanderers], chance, size.moves)
        for channel in secrets
    ]
    stranger = others[-1]
    spoiled = {
        fault: client_of(place, stranger, passes[stranger.pk], everybody[:1], "socket") for fault in SPOILERS
    }
    for fault, client in spoiled.items():
        client.spoil = SPOILERS[fault](secrets[0])
    return Company(clients, spoiled, Load(writers, chance, size.deeds), churns, list(outboxes.values()))


def doors(number: int) -> list[str]:
    """The way of each client, by their shares."""
    found = [door for door, share in SHARES for _ in range(max(1, round(number * share)))]
    return (found + ["socket"] * number)[:number]


async def play(company: Company, size: Size, figure: Figure) -> None:
    """Everybody opens their pages; deeds and moves go on for the time; then the comparison."""
    everybody = [*company.clients, *company.spoiled.values()]
    await open_pages(everybody)
    async with running(everybody):
        figure.check("everybody was let in", await level(everybody, LEVEL_SECONDS))
        async with going_on(company.load, *company.churns):
            await enough(company, size)
        quiet = await acknowledged(company.outboxes, ACKNOWLEDGED_SECONDS)
        figure.check("every deed was acknowledged", quiet)
        figure.check("everybody is level at the end", await level(company.clients, LEVEL_SECONDS))
    verdict = await act(judge, company.clients, company.outboxes)
    told(figure, company, size, verdict)
    for fault, client in company.spoiled.items():
        found = await act(judge, [client])
        figure.check(f"control arm: {SPOILED[fault]}, and it is found", found.faults[fault] == 1, found)


async def enough(company: Company, size: Size) -> None:
    """The length of the run: so many seconds, and until so much has been heard."""
    await asyncio.sleep(size.seconds)
    with suppress(TimeoutError):
        async with asyncio.timeout(size.seconds * (MOST - 1)):
            while heard(company) < size.wanted:  # noqa: ASYNC110 (counted, not told)
                await asyncio.sleep(1)


def heard(company: Company) -> int:
    """Client-events so far, by the clients' own count."""
    return sum(client.happened["e"] for client in company.clients)


@asynccontextmanager
async def going_on(*works: Load | Churn):
    """Let loads run for the length of a block."""
    tasks = [asyncio.ensure_future(work.run()) for work in works]
    try:
        yield
    finally:
        broken = [task.exception() for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if broken:
            raise broken[0]


def told(figure: Figure, company: Company, size: Size, verdict: Verdict) -> None:
    """Rows, checks and notes."""
    refused = [refusal for outbox in company.outboxes for refusal in outbox.refused]
    for door, _ in SHARES:
        mine = [client for client in company.clients if client.doors == (door,)]
        happened = sum((client.happened for client in mine), Counter())
        batches = sum(len(track.batches) for one in mine for all_ in one.tracks.values() for track in all_)
        row = {"door": door, "clients": len(mine), "events one by one": happened["e"], "batches": batches}
        row |= {"unread frames": happened["u"], "gone": happened["gone"], "starts over": happened["resets"]}
        figure.rows.append(row | {"connections": happened["connects"], "gaps counted": happened["gaps"]})
    for fault, meaning in FAULTS.items():
        details = [line for line in verdict.examples if line.startswith(fault)]
        figure.check(f"no {meaning}", not verdict.faults[fault], f"{verdict.faults[fault]} {details or ''}")
    figure.check(
        f"at least {size.wanted:,} client-events", verdict.events >= size.wanted, f"{verdict.events:,}"
    )
    figure.targets += kept_promises(verdict.faults)
    figure.check("nobody was refused a deed", not refused, refused[:3])
    moves = sum(churn.moves for churn in company.churns)
    deeds = ", ".join(f"{count} {kind}" for kind, count in sorted(company.load.kinds.items()))
    figure.notes.append(
        f"{verdict.events:,} client-events of {len(company.clients)} clients in {size.seconds:g} s; "
        f"{company.load.done} deeds by the pages ({deeds}); {moves} times a member left a private channel "
        f"or was let in again. Each number told was looked up in the log."
    )


def kept_promises(faults: Counter) -> list[Target]:
    """The three promises that a verdict measures."""
    lost = sum(faults[name] for name in ("lost", "gap", "behind", "stale", "hole"))
    access = sum(faults[name] for name in ("foreign", "beyond", "kept"))
    return [
        Target("events lost", "0", str(lost), lost == 0, "lost"),
        Target("posts written twice", "0", str(faults["double"]), not faults["double"], "duplicated"),
        Target("events heard by somebody who may not", "0", str(access), access == 0, "access"),
    ]


# -- the control arm: clients whose line tells them something wrong once, on purpose

SPOILED = {
    "gap": "one frame is withheld from a client",
    "repeat": "one frame is told twice",
    "foreign": "one frame of a channel it was never in is slipped in",
    "wrong": "one frame tells of another post",
}


def once(change: Callable[[dict], list[dict]]) -> Callable[[dict], list[dict]]:
    """Change the third event of a channel, and nothing else."""
    count = Counter()

    def spoil(said: dict) -> list[dict]:
        count["seen"] += said["t"] == "e" and said["s"][0] == "c"
        if said["t"] == "e" and count["seen"] == 3 and not count["done"]:
            count["done"] += 1
            return change(said)
        return [said]

    return spoil


SPOILERS: dict[str, Callable[[Channel], Callable]] = {
    "gap": lambda secret: once(lambda said: []),
    "repeat": lambda secret: once(lambda said: [said, said]),
    "foreign": lambda secret: once(lambda said: [said, said | {"s": secret.stream, "n": 1}]),
    "wrong": lambda secret: once(lambda said: [said | {"id": said["id"] + 1_000_000}]),
}
