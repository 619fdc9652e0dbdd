"""The browser's side of live delivery, written after static/js/live/{cursors,state,start}.js.

The scripts themselves are tested in tests/browser/test_live_machine.py; no run compares the two step by step.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.reliability.imagined_doors import LINKS

if TYPE_CHECKING:
    from tests.reliability.world import World

FINAL = {4401, 4403, 4409}
LONGEST_WAIT = 30.0
FETCH_AGAIN = 10.0  # seconds between two fetches of the page
FIRST_FRAME = 5.0
PING = 25.0


@dataclass
class Client:
    """One open page of a member: cursors, what it shows, and its link to a process.

    `shown` is the version of every post on the page, per channel; `counts` the posts of the channels listed;
    `applied` the numbers taken, as (epoch, stream, from, to). `record`, when it is a list, keeps every input
    with the state after it.
    """

    world: "World"
    member_id: int
    session: str
    door: str
    cursors: dict[str, int] = field(default_factory=dict)
    focus: set[str] = field(default_factory=set)
    epoch: str = ""
    offered: str = ""
    page_epoch: str = ""
    state: str = "INIT"
    code: int = 0
    asking: bool = False
    gaps: int = 0
    tries: int = 0
    heads: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    shown: dict[str, dict[int, int]] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)  # what the page leaves out: all up to this number
    applied: list[tuple[str, str, int, int]] = field(default_factory=list)
    frozen: bool = False
    link: Any = None
    fetched_at: float = float("-inf")
    fetching: bool = False
    leave_for: float = 0.0
    heard_at: float = 0.0
    record: list | None = None

    # -- the page

    def open_page(self, label: str) -> None:
        """What the server printed: the numbers read before the posts."""
        facts = self.world.log.facts
        own = (f"u{self.member_id}", "s", label)
        self.cursors = {one: facts.places[one].head for one in own}
        self.focus, self.epoch = {label}, facts.epoch
        self.page_epoch = facts.epoch
        self.shown = {label: self.world.page(self, label)}
        self.note("page", page=[dict(self.cursors), label, self.epoch])
        self.connect()

    def look_also_at(self, label: str) -> None:
        """Another tab of the same connection opens a channel."""
        self.cursors[label] = self.world.log.facts.places[label].head
        self.shown[label] = self.world.page(self, label)
        self.focus.add(label)
        self.note("focus", focus=[label, self.cursors[label]])
        if self.link:
            self.link.again()

    def hello(self) -> dict:
        """The first frame."""
        posts = sum(self.counts.values())
        said = {"t": "hello", "v": 1, "epoch": self.epoch, "cur": dict(self.cursors)}
        return said | {"focus": sorted(self.focus), "build": "", "posts": posts}

    # -- the machine (state.js)

    def connect(self) -> None:
        """Open a link to some process; none answers: wait."""
        if self.link:
            self.link.close()
        self.state, self.asking = "CONNECT", False
        process = self.world.some_process()
        self.note("connect")
        if process is None:
            self.link = None
            self.wait(1006)
            return
        self.link = LINKS[self.door](self.world, self, process)
        self.heard_at = self.world.loop.time()
        self.world.later(0, self.watch, self.link, at=FIRST_FRAME)

    def watch(self, link: Any) -> None:
        """No first frame, or no answer to a ping: the line is dead."""
        if link is not self.link or self.state in {"WAIT", "STOPPED"}:
            return
        silent = self.world.loop.time() - self.heard_at
        if silent > PING + 10 or (self.state == "CONNECT" and silent >= FIRST_FRAME):
            link.close()
            self.closed(link, 1006)
            return
        if self.door == "socket" and self.state != "CONNECT":
            link.send_frame({"t": "ping", "i": 1})
        self.world.later(0, self.watch, link, at=PING)

    def closed(self, link: Any, code: int) -> None:
        """The link has ended."""
        if link is not self.link:
            return
        self.link = None
        self.code = code
        self.note("closed", code=code)
        if code in FINAL:
            self.state = "STOPPED"
            return
        self.wait(code)

    def wait(self, code: int) -> None:
        """Come back at a random moment."""
        longest = 20.0 if code == 1012 else min(LONGEST_WAIT, 2.0**self.tries)
        self.tries += 1
        self.state = "WAIT"
        least, self.leave_for = (10.0 if code == 4429 else self.leave_for), 0.0
        self.world.later(0, self.return_, at=max(least, self.world.chance.random() * longest))

    def return_(self) -> None:
        """The wait is over."""
        if self.state == "WAIT":
            self.connect()

    def hear(self, link: Any, frame: dict) -> None:
        """A frame has arrived."""
        if link is not self.link:
            return
        self.heard_at = self.world.loop.time()
        kind = frame["t"]
        if kind == "lag":
            self.state = "CATCHUP"
        elif kind == "hi":
            self.greeted(frame)
        elif kind == "live":
            # Only now: cut before every stream has started over, the next hello must ask for it again.
            self.tries, self.state, self.epoch = 0, "LIVE", self.offered
        elif kind == "bye":
            self.leave_for = frame["after"] / 1000
        elif kind in {"e", "b"}:
            self.take(frame)
        else:
            self.apply(frame)
        self.note("hear", frame=frame)

    def greeted(self, frame: dict) -> None:
        """hi: counts anew, unknown streams begin where the server stands."""
        self.asking = False
        self.heads, self.offered = frame["heads"], frame["epoch"]
        for label, n in self.heads.items():
            self.cursors.setdefault(label, n)
        if self.state != "LIVE":
            self.state = "CATCHUP"
        self.apply(frame)

    def take(self, frame: dict) -> None:
        """The check that nothing is missing."""
        if self.asking:
            return
        before, to = (frame["from"], frame["to"]) if frame["t"] == "b" else (frame["n"] - 1, frame["n"])
        label = frame["s"]
        at = self.cursors.get(label)
        if at is not None and to <= at:
            return
        if at is not None and (before > at if frame["t"] == "b" else before != at):
            self.gaps += 1
            self.asking, self.state = True, "HELLO"
            self.link.again()
            return
        self.cursors[label] = to
        self.applied.append((self.offered, label, before if at is None else at, to))
        self.apply(frame, counted=to <= self.heads.get(label, 0))

    # -- what a frame does to the page (start.js, effects.js, unread.js)

    def apply(self, frame: dict, counted: bool = False) -> None:
        """Show it."""
        kind = frame["t"]
        if kind == "hi":
            self.counts = {label: posts for label, (posts, _) in frame["ch"].items()}
        elif kind == "u" and frame["s"] in self.counts:
            self.counts[frame["s"]] = frame["c"]
        elif kind == "gone":
            self.cursors.pop(frame["s"], None)
            self.focus.discard(frame["s"])
            self.shown.pop(frame["s"], None)
        elif kind == "reset":
            self.cursors[frame["s"]] = frame["head"]
            if frame["s"] in self.focus or frame["s"] == f"u{self.member_id}":
                self.renew()
        elif kind in {"e", "b"}:
            for entry in frame["e"] if kind == "b" else [frame]:
                self.show(frame["s"], entry, counted)

    def show(self, label: str, entry: dict, counted: bool) -> None:
        """Place what is newer; count what is new."""
        aux = entry.get("aux") or {}
        if "html" in entry and label in self.shown:
            post, v = map(int, entry["html"].split("."))
            self.shown[label][post] = max(v, self.shown[label].get(post, 0))
        visible = entry["k"] == "post.published" and ("root" not in aux or "in_channel" in aux)
        if visible and not counted and label in self.counts:
            self.counts[label] += 1

    def renew(self) -> None:
        """Fetch the page again; soon after the last time, or when that fails, a little later."""
        if self.fetching:
            return
        self.fetching = True
        due = max(0.0, self.fetched_at + FETCH_AGAIN - self.world.loop.time())
        self.world.later(0.05, self.fetch, at=due)

    def fetch(self) -> None:
        """The page as it is now, in the middle of everything else."""
        self.fetching, self.fetched_at = False, self.world.loop.time()
        if self.world.log.down:
            self.renew()
            return
        facts = self.world.log.facts
        numbers = {
            label: facts.places[label].head for label in (*sorted(self.focus), f"u{self.member_id}", "s")
        }
        pages = {label: self.world.page(self, label) for label in self.focus}
        self.world.later(0.2, self.fetched, numbers, pages, facts.epoch)

    def fetched(self, numbers: dict[str, int], pages: dict[str, dict[int, int]], epoch: str) -> None:
        """The answer: newer things replace, the numbers are the page's."""
        anew, self.page_epoch = epoch != self.page_epoch, epoch
        for label, page in pages.items():
            if label in self.focus:
                old = {} if anew else self.shown.get(label, {})
                self.shown[label] = {post: max(v, old.get(post, 0)) for post, v in (old | page).items()}
        raised = {
            label: n
            for label, n in numbers.items()
            if n > self.cursors.get(label, 0) and (label in self.focus or label[0] != "c")
        }
        self.cursors |= raised
        self.note("fetched", numbers=raised)
        if raised and self.link:
            self.link.again()  # what is passed over now was not counted: hi brings the counts

    def note(self, what: str, **more: Any) -> None:
        """Keep an input with the state that it led to."""
        if self.record is not None:
            applied = [[label, to] for _, label, _, to in self.applied]
            self.record.append([what, more, dict(self.cursors), self.gaps, applied[-1:], len(applied)])
