"""A client that holds cursors, asks again, comes back, and writes down everything that it is told.

What it does follows static/js/live/ (state.js, cursors.js); the limits are shorter. It judges nothing: what
it wrote down is compared with the database afterwards (verdict.py).
"""

import asyncio
import json
import random
import re
from array import array
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from websockets.exceptions import WebSocketException

from channels_app.models import LiveEvent
from tests.reliability.wires import DOORS, Door, Lost, Pass, Patience, ask

KINDS = {kind.label: kind.value for kind in LiveEvent.Kind}
FINAL = {4401, 4403, 4409}  # the door stays shut: static/js/live/state.js
SLOW_DOWN, RESTART = 4429, 1012
BATCH = -1
PAGE_SECONDS = 15
PAGE = re.compile(r'id="timeline" data-stream="(c\d+)" data-n="(\d+)"')
EPOCH = re.compile(r'data-epoch="([0-9a-f-]{36})"')
POSTS = re.compile(r'data-post="(\d+)" data-v="(\d+)"')


@dataclass
class Place:
    """Where the servers stand at the moment; a fault may change it. Clients take the doors in turn."""

    live: Sequence[int]
    pages: Sequence[int]


@dataclass
class Track:
    """Everything told of one stream since the client began to look at it.

    `told` holds four numbers per frame: (n, kind, object, v), and for a batch (from, BATCH, to, index into
    `batches`). `start` is the number the client began with, `at` its own cursor.
    """

    start: int
    at: int
    told: array = field(default_factory=lambda: array("q"))
    batches: list[list[tuple[str, int, int]]] = field(default_factory=list)
    ended: bool = False

    def note(self, said: dict) -> None:
        """Write an e or b frame down as it came."""
        if said["t"] == "e":
            self.told.extend((said["n"], KINDS[said["k"]], said["id"], said["v"]))
        else:
            self.told.extend((said["from"], BATCH, said["to"], len(self.batches)))
            self.batches.append([(entry["k"], entry["id"], entry["v"]) for entry in said["e"]])


def untouched(said: dict) -> list[dict]:
    """What was heard is what was said."""
    return [said]


@dataclass(eq=False)
class Client:
    """One open page. `doors` are the ways it may take, from the best to the last; `focus` names by stream the
    channels it looks at, by address.
    """

    place: Place
    member_id: int
    member: Pass
    focus: dict[str, str]
    doors: tuple[str, ...] = ("socket",)
    patience: Patience = field(default_factory=Patience)
    epoch: str = ""
    tracks: dict[str, list[Track]] = field(default_factory=dict)
    shown: dict[str, dict[int, int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # posts of the channels it is in
    counted: set[str] = field(default_factory=set)  # channels it was ever told a count of
    happened: Counter = field(default_factory=Counter)  # gaps, repeats, resets, connects, code 1012 …
    is_live: bool = False
    asking: bool = False
    stopped: int | None = None
    tries: int = 0
    early: int = 0
    level: int = 0
    turn: int = 0
    leave_for: float = 0
    door: Door | None = None
    wanting: set[str] = field(default_factory=set)  # channels whose page is to be fetched
    fetching: dict[str, asyncio.Task] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)  # channels it was sent away from and does not ask for
    recent: deque = field(default_factory=lambda: deque(maxlen=40))  # for whoever looks into a failure
    spoil: Callable[[dict], list[dict]] = untouched  # a control arm changes it

    # -- where it stands

    def cursor(self, label: str) -> int | None:
        """The number it has reached in a stream, None when it does not hold it."""
        track = self.tracks.get(label, [None])[-1]
        return None if track is None or track.ended else track.at

    @property
    def looking(self) -> list[str]:
        """The channels it asks for."""
        return [label for label in self.focus if label not in self.away]

    @property
    def cursors(self) -> dict[str, int]:
        """What its hello says."""
        return {label: at for label in self.tracks if (at := self.cursor(label)) is not None}

    def begin(self, label: str, n: int) -> Track:
        """Look at a stream from n+1 on."""
        self.tracks.setdefault(label, []).append(Track(n, n))
        return self.tracks[label][-1]

    def hello(self) -> dict:
        """What a connection begins with."""
        self.asking = False
        said = {"t": "hello", "v": 1, "epoch": self.epoch, "cur": self.cursors, "focus": self.looking}
        return said | {"gaps": self.happened["gaps"]}

    # -- its life

    async def open_page(self, slug: str) -> bool:
        """Fetch a channel's page: its number, its posts. Raises OSError, Lost, TimeoutError, ValueError.

        Returns whether the channel is new here, so that the server does not know yet that it is looked at.
        """
        async with asyncio.timeout(PAGE_SECONDS):
            answer = await ask(self.turned(self.place.pages), self.member, "GET", f"/channels/{slug}/")
        if answer.status >= 500:
            raise answer.refusal
        if answer.status != 200:
            raise ValueError(f"/channels/{slug}/ answers {answer.status}")
        page = answer.body.decode()
        label, n = PAGE.search(page).groups()
        self.epoch = self.epoch or EPOCH.search(page)[1]
        is_new = self.cursor(label) is None
        if is_new:
            self.begin(label, int(n))
        self.away.discard(label)
        for post, v in POSTS.findall(page.split('id="timeline"', 1)[1]):
            self.show(label, int(post), int(v))
        return is_new

    def turned(self, ports: Sequence[int]) -> int:
        """The next of several servers."""
        self.turn += 1
        return ports[self.turn % len(ports)]

    async def run(self) -> None:
        """Be connected, come back whenever it ends, until cancelled or shut out for good."""
        try:
            await self.live()
        finally:
            for fetching in self.fetching.values():
                fetching.cancel()

    async def live(self) -> None:
        """One connection after the other."""
        while self.stopped is None:
            greeted, code, after, late = False, 1006, 0.0, False
            try:
                async with aclosing(self.listening()) as frames:
                    async for said in frames:
                        greeted = greeted or said["t"] == "hi"
            except Lost as lost:
                code, after = lost.code, lost.after
            except (OSError, TimeoutError, WebSocketException, ValueError) as error:
                self.happened[type(error).__name__] += 1
                late = isinstance(error, TimeoutError)
            self.is_live, self.door = False, None
            self.happened[f"code {code}"] += 1
            if code in FINAL:
                self.stopped = code
            else:
                self.step_down(greeted, late)
                await self.stay_away(code, after)

    async def listening(self):
        """One connection: every frame is taken, then given."""
        self.renew_pages()
        kind = DOORS[self.doors[self.level]]
        self.door = kind(self.turned(self.place.live), self.member, self.hello, self.patience)
        self.happened["connects"] += 1
        self.recent.append(("connects", self.doors[self.level], self.looking, self.cursors))
        async with aclosing(self.door.frames()) as frames:
            async for heard in frames:
                for said in self.spoil(heard):
                    self.take(said)
                if self.asking:
                    raise Lost
                self.renew_pages()
                yield heard

    def step_down(self, greeted: bool, late: bool) -> None:
        """After two attempts that were not greeted, or one that heard nothing, the next way has its turn."""
        self.early = 0 if greeted else self.early + 1 + late
        if self.early >= 2:
            self.early, self.level = 0, (self.level + 1) % len(self.doors)

    async def stay_away(self, code: int, after: float) -> None:
        """Full jitter, at least as long as the server asked for."""
        most = self.patience.spread if code == RESTART else min(self.patience.longest, 0.5 * 2**self.tries)
        least = 10.0 if code == SLOW_DOWN else max(after, self.leave_for)
        self.tries, self.leave_for = self.tries + 1, 0
        await asyncio.sleep(max(least, random.uniform(0, most)))

    def forget(self) -> None:
        """Go on from here: what was written down has been judged."""
        self.tracks = {label: [Track(at, at)] for label, at in self.cursors.items()}
        self.counted = set(self.counts)
        self.happened.clear()

    # -- what it is told

    def take(self, said: dict) -> None:
        """Take one frame."""
        kind = said["t"]
        self.recent.append({name: told for name, told in said.items() if name not in {"html", "ch", "e"}})
        if kind in {"e", "b"}:
            self.take_numbered(said)
        elif kind == "hi":
            self.greeted(said)
        elif kind == "live":
            self.is_live, self.tries = True, 0
        elif kind == "u":
            self.counts[said["s"]] = said["c"]
            self.counted.add(said["s"])
        elif kind == "gone":
            self.lose(said["s"])
        elif kind == "reset":
            self.start_over(said["s"], said["head"])
        elif kind == "bye":
            self.leave_for = min(said["after"] / 1000, self.patience.spread)
        self.happened[kind] += 1

    def greeted(self, said: dict) -> None:
        """Adopt what is new; another epoch is learnt here."""
        self.epoch = said["epoch"]
        self.counts = {label: posts for label, (posts, _) in said["ch"].items()}
        self.counted |= self.counts.keys()
        for label, head in said["heads"].items():
            if self.cursor(label) is None:
                self.begin(label, head)

    def take_numbered(self, said: dict) -> None:
        """Check the number as cursors.js does, and write it down in every case."""
        label, to = said["s"], said["n"] if said["t"] == "e" else said["to"]
        after = said["n"] - 1 if said["t"] == "e" else said["from"]
        open_ones = self.tracks.get(label, [])
        track = open_ones[-1] if open_ones and not open_ones[-1].ended else self.begin(label, after)
        track.note(said)
        if to <= track.at:
            self.happened["repeats"] += 1
        elif after > track.at or (said["t"] == "e" and after != track.at):
            self.happened["gaps"] += 1
            self.asking = True
        else:
            track.at = to
            self.apply(label, said)

    def apply(self, label: str, said: dict) -> None:
        """Show what is new."""
        for entry in [said] if said["t"] == "e" else said["e"]:
            if "html" in entry:
                self.show(label, entry["id"], entry["v"])
            elif entry["k"] == "membership.changed":
                self.wander(entry["id"], on=entry["aux"]["on"])

    def show(self, label: str, post: int, v: int) -> None:
        """The newest version wins."""
        shown = self.shown.setdefault(label, {})
        shown[post] = max(v, shown.get(post, 0))

    def lose(self, label: str) -> None:
        """Access is lost: the copy goes."""
        for track in self.tracks.get(label, [])[-1:]:
            track.ended = True
        self.away.add(label)
        self.shown.pop(label, None)
        self.counts.pop(label, None)

    def start_over(self, label: str, head: int) -> None:
        """The page has to be fetched again; the stream goes on after `head`."""
        self.happened["resets"] += 1
        for track in self.tracks.get(label, [])[-1:]:
            track.ended = True
        self.begin(label, head)
        if label in self.focus:
            self.wanting.add(label)

    def wander(self, channel_id: int, *, on: bool) -> None:
        """Somebody let this member in: look at the channel, if it is one that the page is about."""
        label = f"c{channel_id}"
        if on and label in self.focus and self.cursor(label) is None:
            self.wanting.add(label)

    def renew_pages(self) -> None:
        """Begin to fetch what has to be shown anew; frames are taken meanwhile."""
        for label in self.wanting - self.fetching.keys():
            self.fetching[label] = asyncio.ensure_future(self.renew(label))

    async def renew(self, label: str) -> None:
        """Fetch a page until it is there or may not be seen, then look at its channel."""
        while label in self.wanting:
            try:
                is_new = await self.open_page(self.focus[label])
                self.wanting.discard(label)
                if is_new and self.door:
                    self.recent.append(("looks at", label, self.cursor(label)))
                    await self.door.refocus(self.looking, {label: self.cursor(label)})
            except ValueError:
                self.happened["no page"] += 1  # left again meanwhile
                self.wanting.discard(label)
            except (OSError, Lost, TimeoutError):
                self.happened["page failed"] += 1
                await asyncio.sleep(random.uniform(0.1, 1))
        del self.fetching[label]

    @property
    def is_renewing(self) -> bool:
        """Whether something it shows has to be fetched again and is not there yet."""
        return any(self.cursor(label) is not None for label in self.wanting)


@dataclass
class Acknowledged:
    """A deed that was answered with 2xx."""

    path: str
    cid: str
    told: dict
    tries: int
    seconds: float


@dataclass(eq=False)
class Outbox:
    """Sends deeds of one member and repeats each until it is acknowledged, like static/js/live/outbox.js."""

    place: Place
    member: Pass
    longest: float = 2.0
    limit: float = 10.0  # of one attempt
    sent: list[Acknowledged] = field(default_factory=list)
    refused: list[tuple[str, int, str]] = field(default_factory=list)
    failures: Counter = field(default_factory=Counter)
    waiting: int = 0

    async def post(self, slug: str, text: str, *, cid: str) -> dict | None:
        """Publish; None when it was refused for good."""
        return await self.send(f"/channels/{slug}/posts/", text=text, cid=cid)

    async def send(self, path: str, /, **fields: str) -> dict | None:
        """Send one deed until a 2xx or a refusal that repeating cannot change."""
        begun, tries = asyncio.get_running_loop().time(), 0
        self.waiting += 1
        try:
            while True:
                status, told = await self.once(path, fields, tries)
                tries += 1
                if 200 <= status < 400:
                    took = asyncio.get_running_loop().time() - begun
                    self.sent.append(Acknowledged(path, fields.get("cid", ""), told, tries, took))
                    return told
                if 400 <= status < 500 and status not in {408, 425, 429}:
                    self.refused.append((path, status, str(told)[:200]))
                    return None
                self.failures[status] += 1
                await asyncio.sleep(random.uniform(0.05, min(self.longest, 0.2 * 2**tries)))
        finally:
            self.waiting -= 1

    async def once(self, path: str, fields: dict, tries: int) -> tuple[int, dict]:
        """One attempt: (status, JSON); status 0 when there was no answer."""
        port = self.place.pages[tries % len(self.place.pages)]
        try:
            async with asyncio.timeout(self.limit):
                answer = await ask(port, self.member, "POST", path, **fields)
        except (OSError, TimeoutError, Lost):
            return 0, {}
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return answer.status, json.loads(answer.body) if is_json and answer.body else {}
