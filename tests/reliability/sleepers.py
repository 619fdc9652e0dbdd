"""Clients in a process of their own, so that it can be frozen: jobs and answers as in bench.load.

Started by Stage.driver("tests.reliability.sleepers").
"""

import asyncio
from dataclasses import asdict

import django

from bench import load

django.setup()  # what follows needs the applications

from tests.reliability.audience import are_level, open_pages  # noqa: E402
from tests.reliability.clients import Client, Patience, Place, Track  # noqa: E402
from tests.reliability.wires import Pass  # noqa: E402

clients: list[Client] = []
lives: list[asyncio.Task] = []


async def begin(place: dict, sleepers: list[dict]) -> dict:
    """Open the pages and connect."""
    for told in sleepers:
        facts = told | {"member": Pass(**told["member"]), "doors": tuple(told["doors"])}
        clients.append(Client(Place(**place), **facts, patience=Patience(first=3)))
    await open_pages(clients)
    lives.extend(asyncio.ensure_future(client.run()) for client in clients)
    return {}


async def stand(at: dict) -> dict:
    """Whether all are level with these numbers."""
    ended = [(client, life) for client, life in zip(clients, lives, strict=True) if life.done()]
    broken = [f"code {client.stopped}, {life.exception()!r}" for client, life in ended]
    return {"level": are_level(clients, at), "broken": broken}


async def records() -> dict:
    """Everything that was written down; then it is forgotten."""
    told = [plain(client) for client in clients]
    for client in clients:
        client.forget()
    return {"clients": told}


def plain(client: Client) -> dict:
    """What the judge needs of a client, as JSON."""
    tracks = {
        label: [asdict(track) | {"told": track.told.tolist()} for track in found]
        for label, found in client.tracks.items()
    }
    shown = {label: list(posts.items()) for label, posts in client.shown.items()}
    facts = {"tracks": tracks, "shown": shown, "counted": list(client.counted)}
    return facts | {"member_id": client.member_id, "happened": client.happened}


def judged_from(told: dict, place: Place, member: Pass) -> Client:
    """The client that a record is of, for the judge."""
    client = Client(place, told["member_id"], member, {})
    for label, found in told["tracks"].items():
        client.tracks[label] = [restored(track) for track in found]
    client.shown = {label: dict(posts) for label, posts in told["shown"].items()}
    client.counted, client.is_live = set(told["counted"]), True
    client.happened.update(told["happened"])
    return client


def restored(told: dict) -> Track:
    """A track from its JSON."""
    track = Track(told["start"], told["at"], ended=told["ended"])
    track.told.fromlist(told["told"])
    track.batches = [[tuple(entry) for entry in batch] for batch in told["batches"]]
    return track


JOBS = {job.__name__: job for job in (begin, stand, records)}


if __name__ == "__main__":
    asyncio.run(load.main(JOBS))
