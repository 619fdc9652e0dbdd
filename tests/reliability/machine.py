"""R9: the hub and its clients as a Hypothesis state machine on an imagined network with a virtual clock."""

from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from channels_app.models import LiveEvent
from tests.reliability.client_model import Client
from tests.reliability.memory_log import Facts, Said, Stay
from tests.reliability.world import CHANNELS, MEMBERS, MOST_CLIENTS, World

Kind = LiveEvent.Kind
CHANNEL, MEMBER = st.sampled_from(CHANNELS), st.sampled_from(MEMBERS)
ONE = st.integers(0, 11)  # one of those there are
FATE = st.sampled_from(("told", "told", "told", "late", "lost"))


class Delivery(RuleBasedStateMachine):
    """Members do things, faults happen, time passes; what must hold is checked after every step."""

    steps = 0
    record = False
    last: World | None = None

    @initialize(seed=st.integers(0, 2**32 - 1))
    def begin(self, seed: int) -> None:
        """Two channels, three members, one process."""
        self.world = World(Random(seed), record=type(self).record)
        self.kept: Facts | None = None
        self.writers: list[tuple[int, str]] = []
        self.sessions = 0
        for label in CHANNELS:
            self.world.log.facts.closed[label][0] = label == "c2"
            for member in MEMBERS[:2]:
                self.join(member, label, "lost")
        self.world.check()
        self.world.start_process()
        self.world.loop.pass_by(0.5)
        self.arrive(1, "c1", "socket")
        self.world.loop.pass_by(0.5)

    def teardown(self) -> None:
        """Heal everything; everybody is level in the end."""
        world = getattr(self, "world", None)
        if world is None:
            return
        try:
            world.heal()
        finally:
            Delivery.last = world
            world.close()

    @invariant()
    def holds(self) -> None:
        """A moment passes, and what must hold at every moment is looked at."""
        Delivery.steps += 1
        if hasattr(self, "world"):
            self.world.loop.pass_by(self.world.chance.choice((0.0, 0.01, 0.05, 0.3)))
            self.world.check()

    # -- deeds

    def facts(self) -> Facts:
        """The present state of the database."""
        return self.world.log.facts

    def next_id(self) -> int:
        """A number for a new post."""
        self.world.log.last_id += 1
        return 1000 + self.world.log.last_id

    def published(self, label: str, root: int | None = None) -> list[Said]:
        """A new post, or a reply with its root's new summary."""
        post = self.next_id()
        self.facts().posts[label][post] = 1
        if root is None:
            return [Said(label, Kind.POST_PUBLISHED, post, 1, None, 1)]
        return [Said(label, Kind.POST_PUBLISHED, post, 1, {"root": root}), *self.changed(label, root)]

    def changed(self, label: str, post: int, kind: int = Kind.POST_REPLIED) -> list[Said]:
        """A post's next version."""
        self.facts().posts[label][post] += 1
        v = self.facts().posts[label][post]
        if kind == Kind.POST_REMOVED:
            self.facts().removed[post] = v
        return [Said(label, kind, post, v)]

    @rule(label=CHANNEL, fate=FATE, count=st.integers(1, 3))
    def post(self, label: str, fate: str, count: int) -> None:
        """Somebody posts."""
        for _ in range(count):
            self.world.commit(self.published(label), fate)

    @rule(
        label=CHANNEL,
        which=ONE,
        fate=FATE,
        kind=st.sampled_from(("reply", Kind.POST_EDITED, Kind.POST_REMOVED, Kind.POST_REACTED)),
    )
    def change(self, label: str, which: int, fate: str, kind: int | str) -> None:
        """A post is answered, edited, removed or reacted to."""
        posts = [post for post in self.facts().posts[label] if post not in self.facts().removed]
        if not posts:
            return
        post = posts[-1 - which % len(posts)]
        said = self.published(label, post) if kind == "reply" else self.changed(label, post, int(kind))
        if kind == Kind.POST_REACTED:
            said.append(Said("u1", Kind.REACTED, post, 1, {"post": post, "on": True}))
        self.world.commit(said, fate)

    @rule(member=MEMBER, label=CHANNEL, fate=FATE)
    def move(self, member: int, label: str, fate: str) -> None:
        """A member joins, or leaves."""
        stay = self.facts().stay(member, label)
        if stay is None:
            self.join(member, label, fate)
            return

        def ended(event) -> None:
            stay.left_n, stay.posts_then = event.n, event.posts

        left = Said(label, Kind.MEMBER_LEFT, member, then=ended)
        self.world.commit([left, Said(f"u{member}", Kind.MEMBERSHIP_CHANGED, 1, 1, {"on": False})], fate)

    def join(self, member: int, label: str, fate: str) -> None:
        """A stay begins at its own event's number."""
        stays = self.facts().stays[label]
        joined = Said(
            label,
            Kind.MEMBER_JOINED,
            member,
            then=lambda event: stays.append(Stay(member, event.n, event.posts)),
        )
        self.world.commit([joined, Said(f"u{member}", Kind.MEMBERSHIP_CHANGED, 1, 1, {"on": True})], fate)

    @rule(label=CHANNEL, fate=FATE)
    def turn(self, label: str, fate: str) -> None:
        """An open channel closes, a closed one opens."""
        closed = not self.facts().is_closed(label)
        turns = self.facts().closed[label]
        changed = Said(
            label,
            Kind.CHANNEL_CHANGED,
            1,
            1,
            {"closed": closed},
            then=lambda event: turns.__setitem__(event.n, closed),
        )
        self.world.commit([changed, Said("s", Kind.CHANNELS_CHANGED, 0)], fate)

    @rule(label=CHANNEL, fate=FATE, count=st.integers(1, 4))
    def load(self, label: str, fate: str, count: int) -> None:
        """Many posts at once, as an import brings them: numbers without rows, and one event."""
        posts = [self.next_id() for _ in range(count)]
        self.world.log.skip(label, count, count)
        for post in posts:
            self.facts().posts[label][post] = 1
            self.facts().told_at[post, 1] = self.facts().places[label].head
        self.world.commit([Said(label, Kind.CHANNEL_RELOADED, 1)], fate)

    @rule(label=CHANNEL)
    def begin_long(self, label: str) -> None:
        """A transaction that will write on a channel long after it got its xid."""
        if len(self.writers) < 3:
            self.writers.append((self.world.log.begin(), label))

    @precondition(lambda self: getattr(self, "writers", None))
    @rule(which=ONE, fate=st.sampled_from(("told", "late", "lost", "rolled back")))
    def end_long(self, which: int, fate: str) -> None:
        """It commits, or is rolled back."""
        xid, label = self.writers.pop(which % len(self.writers))
        if fate == "rolled back" or xid not in self.world.log.running:
            self.world.log.roll_back(xid)
        else:
            self.world.commit(self.published(label), fate, xid)

    # -- clients

    def arrive(self, member: int, label: str, door: str) -> None:
        """A member opens a page."""
        self.sessions += 1
        key = f"session{self.sessions}"
        self.world.log.sessions[key] = member
        client = Client(self.world, member, key, door, record=[] if self.world.record else None)
        self.world.clients.append(client)
        client.open_page(label)

    def client(self, which: int) -> Client:
        """One of them."""
        return self.world.clients[which % len(self.world.clients)]

    def may_open(self, member: int, label: str) -> bool:
        """Whether the page would be shown."""
        log = self.world.log
        reachable = not log.facts.is_closed(label) or log.facts.stay(member, label)
        return bool(reachable) and not log.down

    @rule(member=MEMBER, label=CHANNEL, door=st.sampled_from(("socket", "socket", "stream", "poll")))
    def visit(self, member: int, label: str, door: str) -> None:
        """A page is opened; when there are too many, the oldest is closed."""
        if not self.may_open(member, label):
            return
        if len(self.world.clients) >= MOST_CLIENTS:
            gone = self.world.clients.pop(0)
            gone.state = "STOPPED"
            if gone.link:
                gone.link.close()
        self.arrive(member, label, door)

    @rule(which=ONE, label=CHANNEL)
    def look_also(self, which: int, label: str) -> None:
        """A second channel on the same connection."""
        client = self.client(which)
        if label not in client.focus and self.may_open(client.member_id, label) and client.state == "LIVE":
            client.look_also_at(label)

    @rule(which=ONE, noticed=st.booleans())
    def cut(self, which: int, noticed: bool) -> None:
        """A connection breaks; the server learns of it, or never."""
        link = self.client(which).link
        if link:
            link.cut(noticed=noticed)

    @rule(which=ONE)
    def freeze(self, which: int) -> None:
        """A tab stops reading, or reads again."""
        client = self.client(which)
        if client.frozen:
            self.world.thaw(client)
        else:
            client.frozen = True

    @rule(which=ONE)
    def log_out(self, which: int) -> None:
        """A session ends everywhere."""
        client = self.client(which)
        if len(self.world.clients) > 1 and self.world.log.sessions.pop(client.session, None):
            aux = {"session": self.world.fingerprint(client.session)}
            said = Said(f"u{client.member_id}", Kind.SESSION_REVOKED, client.member_id, 1, aux)
            self.world.commit([said])

    # -- faults and time

    @rule(seconds=st.sampled_from((0.0, 0.01, 0.05, 0.3, 1.1, 4.0)))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.world.loop.pass_by(seconds)

    @rule(seconds=st.sampled_from((12.0, 40.0)))
    def wait_long(self, seconds: float) -> None:
        """Much time passes."""
        self.world.loop.pass_by(seconds)

    @rule(label=st.sampled_from((*CHANNELS, "u1", "s")), kept=st.integers(0, 3))
    def prune(self, label: str, kept: int) -> None:
        """Old rows go: such as every hub has known for long."""
        hubs = [process.hub for process in self.world.processes if process.hub.epoch == self.facts().epoch]
        known = [hub.labels[label].head for hub in hubs if label in hub.labels]
        self.world.log.prune(label, min([self.facts().places[label].head, *known]) - kept)

    @rule(how=st.sampled_from(("backup", "fail over", "restore")))
    def change_history(self, how: str) -> None:
        """The history gets another name; after a restore, for which the site stops, it is an older one."""
        log = self.world.log
        if how == "backup" or self.kept is None:
            self.kept = log.backup()
        elif how == "restore":
            self.world.restore(self.kept)
        else:
            log.facts.epoch = f"{log.facts.epoch[:8]}-{self.world.chance.random()}"
        self.world.histories[log.facts.epoch] = log.facts

    @rule(down=st.booleans(), slowness=st.sampled_from((0.001, 0.02, 0.5)))
    def database(self, down: bool, slowness: float) -> None:
        """PostgreSQL goes, comes back, slows down."""
        self.world.log.down, self.world.loop.slowness = down, slowness

    @rule(what=st.sampled_from(("down", "up", "flushed", "deaf", "lossy", "sound")))
    def redis(self, what: str) -> None:
        """Redis goes, comes back, forgets who listens, loses and doubles messages."""
        layer = self.world.layer
        layer.up = what != "down" and (layer.up or what == "up")
        layer.fault = {"lossy": 0.4, "sound": 0.0}.get(what, layer.fault)
        if what in {"down", "flushed", "deaf"}:
            layer.lose_all(noticed=what != "deaf")

    @rule(how=st.sampled_from(("kill", "drain", "second")), which=ONE)
    def process(self, how: str, which: int) -> None:
        """A process is killed, leaves politely, or gets a neighbour."""
        running = [one for one in self.world.processes if not one.hub.draining]
        if how == "second":
            if len(self.world.processes) + len(self.world.starting) < 2:
                self.world.start_process()
        elif running and how == "kill":
            self.world.end_process(running[which % len(running)])
        elif running:
            self.world.loop.create_task(self.world.leave(running[which % len(running)]))
