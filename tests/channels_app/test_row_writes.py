"""What a deed writes does not depend on how many are in the channel: counted by PostgreSQL itself."""

import pytest
from django.db import connection
from django.utils import timezone

from accounts.conduct import CONDUCT_VERSION
from accounts.models import Affiliation, Member
from channels_app.actions.posts import edit_post, remove_post
from channels_app.models import LiveStream, Membership
from tests import factories
from tests.people import organisation, person

pytestmark = pytest.mark.django_db

# The counters of the transaction itself: inserted, updated and deleted rows by table.
WRITTEN = """
SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""


def written() -> dict[str, tuple[int, ...]]:
    """Rows written since the transaction began."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return {name: tuple(counts) for name, *counts in cursor.fetchall()}


def cost(deed, *args, **kwargs) -> dict[str, tuple[int, ...]]:
    """Rows inserted, updated and deleted by a deed, by table."""
    before = written()
    deed(*args, **kwargs)
    return {
        name: tuple(
            after - earlier for after, earlier in zip(counts, before.get(name, (0, 0, 0)), strict=True)
        )
        for name, counts in written().items()
        if counts != before.get(name)
    }


def crowd(channel, size: int) -> None:
    """So many colleagues in the channel besides the cast, all of one town."""
    home = organisation("032018")
    facts = {"password": "!", "name": "佐藤 誠", "kana": "さとう まこと", "conduct_version": CONDUCT_VERSION}
    addresses = [f"staff{i}-{channel.pk}@example.lg.jp" for i in range(size)]
    made = Member.objects.bulk_create(Member(email=address, **facts) for address in addresses)
    now = timezone.now()
    dated = {"organisation": home, "section": "総務課", "verified_at": now, "valid_from": now.date()}
    Affiliation.objects.bulk_create(
        Affiliation(member=member, email=member.email, **dated) for member in made
    )
    LiveStream.objects.bulk_create(LiveStream(kind="u", ref_id=member.pk) for member in made)
    facts = {"channel": channel, "joined_n": 0, "last_read_n": 0, "read_posts": 0}
    Membership.objects.bulk_create(Membership(member=member, **facts) for member in made)


DEEDS = {
    "post": lambda s: factories.post(s.miura, s.channel),
    "question": lambda s: factories.post(s.miura, s.channel, title="予約システム"),
    "addressing an organisation": lambda s: factories.post(s.tanaka, s.channel, "@岩手県 盛岡市 の皆さん"),
    "reply": lambda s: factories.post(s.miura, s.channel, root=s.root),
    "reply in the channel": lambda s: factories.post(s.miura, s.channel, root=s.root, in_channel=True),
    "stamp": lambda s: factories.react(s.miura, s.root),
    "edit": lambda s: edit_post(s.tanaka, s.root, text="直しました。"),
    "removal": lambda s: remove_post(s.tanaka, s.root),
}


class Stage:
    """A channel of so many members with a thread in it."""

    def __init__(self, members: int, *cast: Member):
        self.tanaka, self.miura = cast
        self.channel = factories.channel(f"of-{members}", *cast)
        crowd(self.channel, members - len(cast))
        assert Membership.objects.current().filter(channel=self.channel).count() == members
        self.root = factories.post(self.tanaka, self.channel)
        factories.post(self.tanaka, self.channel, root=self.root)


@pytest.fixture
def stages() -> list[Stage]:
    """The same channel with 3, 30 and 300 members."""
    cast = person("tanaka"), person("miura")
    return [Stage(members, *cast) for members in (3, 30, 300)]


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_a_deed_writes_the_same_rows_whatever_the_membership(stages, deed):
    few, some, many = (cost(deed, stage) for stage in stages)
    assert few == some == many
    assert few


def test_what_a_post_writes(stages):
    assert cost(DEEDS["post"], stages[0]) == {
        "channels_app_post": (1, 1, 0),
        "channels_app_channel": (0, 1, 0),
        "channels_app_membership": (0, 1, 0),
        "procrastinate_jobs": (1, 0, 0),
        "procrastinate_events": (1, 0, 0),
        "live_stream": (0, 2, 0),
        "live_event": (2, 0, 0),
    }
