"""A steady load of deeds by the pages: posts, replies, edits, removals, stamps; members who come and go."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from accounts.models import Member
from channels_app.models import Channel
from tests.reliability.clients import Outbox

TEXT = "窓口の待ち時間を測ってみました。発券機の記録を**曜日ごと**に並べると、月曜の午前だけ三倍です。"
STAMP = "onaji"
# Share of each deed; what is left are new posts.
SHARES = {"reply": 0.2, "edit": 0.12, "remove": 0.04, "stamp": 0.2}
REMEMBERED = 40  # posts of a channel that deeds go to


@dataclass
class Writer:
    """Somebody who writes in some channels."""

    outbox: Outbox
    channels: Sequence[Channel]


@dataclass
class Load:
    """Deeds at a steady rate; the next one does not wait for the one before, up to one per writer."""

    writers: Sequence[Writer]
    chance: Random
    per_second: float
    begun: int = 0
    done: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    posts: dict[int, list[tuple[int, Writer]]] = field(default_factory=dict)
    under_way: set[asyncio.Task] = field(default_factory=set)

    async def run(self) -> None:
        """Write until cancelled; what is under way then goes on."""
        turn = 0
        while True:
            turn += 1
            await asyncio.sleep(1 / self.per_second)
            writer = self.writers[turn % len(self.writers)]
            if not writer.outbox.waiting:
                task = asyncio.ensure_future(self.deed(writer))
                self.under_way.add(task)
                task.add_done_callback(self.under_way.discard)

    async def deed(self, writer: Writer) -> None:
        """One deed of a writer in one of their channels."""
        self.begun += 1
        channel = self.chance.choice(writer.channels)
        posts = self.posts.setdefault(channel.pk, [])
        kind = self.chosen(posts)
        await getattr(self, kind)(writer, channel, posts)
        self.done += 1
        self.kinds[kind] = self.kinds.get(kind, 0) + 1

    def chosen(self, posts: list) -> str:
        """Which deed it is."""
        at = self.chance.random()
        for kind, share in SHARES.items() if posts else ():
            if at < share:
                return kind
            at -= share
        return "post"

    async def post(self, writer: Writer, channel: Channel, posts: list) -> None:
        """A new post."""
        told = await writer.outbox.post(channel.slug, TEXT, cid=self.cid())
        if told:
            posts.append((told["id"], writer))
            del posts[:-REMEMBERED]

    async def reply(self, writer: Writer, channel: Channel, posts: list) -> None:
        """A reply to one of the last posts."""
        root, _ = self.chance.choice(posts)
        await writer.outbox.send(f"/posts/{root}/replies/", text=TEXT, cid=self.cid())

    async def edit(self, writer: Writer, channel: Channel, posts: list) -> None:
        """Another wording, by the author."""
        post, author = self.chance.choice(posts)
        text = f"{TEXT}（直しました {self.chance.randrange(10**6)}）"
        await author.outbox.send(f"/posts/{post}/edit/", text=text)

    async def remove(self, writer: Writer, channel: Channel, posts: list) -> None:
        """Taken back, by the author."""
        post, author = posts.pop(self.chance.randrange(len(posts)))
        await author.outbox.send(f"/posts/{post}/removal/")

    async def stamp(self, writer: Writer, channel: Channel, posts: list) -> None:
        """A stamp on or off."""
        post, _ = self.chance.choice(posts)
        on = self.chance.choice(("1", "0"))
        await writer.outbox.send(f"/posts/{post}/reactions/{STAMP}/", on=on)

    def cid(self) -> str:
        """A client's id of an attempt, from the run's chance."""
        return str(UUID(int=self.chance.getrandbits(128), version=4))


@dataclass
class Churn:
    """Members who leave a private channel and are let in again by its owner, one deed after the other."""

    channel: Channel
    owner: Outbox
    wanderers: Sequence[tuple[Member, Outbox]]
    chance: Random
    per_second: float
    inside: set[int] = field(default_factory=set)
    moves: int = 0

    async def run(self) -> None:
        """Move until cancelled."""
        while True:
            await asyncio.sleep(1 / self.per_second)
            await asyncio.shield(asyncio.ensure_future(self.move()))

    async def move(self) -> None:
        """One member leaves or comes."""
        member, outbox = self.chance.choice(self.wanderers)
        address = f"/channels/{self.channel.slug}"
        if member.pk in self.inside:
            self.inside.discard(member.pk)
            await outbox.send(f"{address}/membership/", deed="leave")
        else:
            self.inside.add(member.pk)
            await self.owner.send(f"{address}/invitations/", member=str(member.pk))
        self.moves += 1
