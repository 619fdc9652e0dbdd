"""The benchmark at a tiny size: every figure is made, and both arms of each do the same work."""

import json
from collections.abc import Iterator

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Member, Registration
from bench import channel_page, directory, doors, fanout, growth, post, sidebar
from bench.arms import Outcome, Sample
from bench.driver import driving
from bench.naive import newest_posts
from bench.report import Report
from bench.site import free_ports, origins, site_of
from bench.stage import TINY, Figure, Goal, Row, Stage
from bench.visitors import signed_in, told
from channels_app import windows
from channels_app.actions import channels
from channels_app.models import Channel, LiveEvent, LiveStream, Post
from tests import factories, people
from tests.site import site_settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(collected_static, tmp_path) -> Iterator[Stage]:
    """A small community on the test database, and the load process."""
    tanaka, miura, yamamoto = map(people.person, ("tanaka", "miura", "yamamoto"))
    for slug in ("reading", "posting", "listening"):
        channel = factories.channel(slug, tanaka, miura, name=slug)
        root = factories.post(tanaka, channel)
        if slug == "reading":
            channels.join_channel(yamamoto, channel)
        factories.post(miura, channel, "うちでも測っています。", root=root)
        factories.post(miura, channel, "**月曜**の午前が混みます。")
    people_elsewhere = factories.channel("elsewhere", yamamoto, name="elsewhere")
    factories.post(yamamoto, people_elsewhere)
    ports = free_ports()
    environment = site_settings(origins(ports).split(",")) | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    with driving() as driver:
        yield Stage(site_of(tmp_path / "logs", ports, **environment), driver, tmp_path, TINY)


def arms_of(figure: Figure) -> list[str]:
    return [row.arm for row in figure.rows]


def test_channel_page_and_its_twin_show_the_same_posts(stage):
    figure = channel_page.figure(stage)
    assert arms_of(figure) == [channel_page.KYOSO, channel_page.NAIVE, channel_page.STILL]
    assert [row.outcome.statuses for row in figure.rows] == [{"200"}] * 3
    reading = Channel.objects.get(slug="reading")
    member = reading.memberships.first().member
    with signed_in([member]) as (visitor,), stage.site.web() as server:
        pages = [
            told(server, visitor.get(server, f"{prefix}/channels/reading/"))["body"]
            for prefix in ("", "/bench")
        ]
    articles = [page[page.index('id="timeline"') : page.index('id="newest"')].split() for page in pages]
    assert articles[0] == articles[1]
    assert channel_page.posts_in(pages[1]) == [str(pk) for pk in windows.newest(reading, 0, member).ids]


def test_twin_has_the_window_of_the_product():
    member = people.person("tanaka")
    channel = factories.channel("long", member)
    for number in range(windows.SIZE + 1):
        factories.post(member, channel, f"{number}件目です。")
    shown, older = newest_posts(member, channel)
    assert ([post.pk for post in shown], older) == (windows.newest(channel, 0, member).ids, True)


def test_posts_and_their_replay_store_the_same_rows(stage):
    figure = post.figure(stage)
    assert arms_of(figure) == [post.KYOSO, post.LIMIT] * len(TINY.clients)
    posting = Channel.objects.get(slug="posting")
    stored = Post.objects.filter(channel=posting, root=None)
    numbers = sorted(stored.values_list("n", flat=True))
    stream = LiveStream.objects.get(kind="c", ref_id=posting.pk)
    # One turn to warm up and one round: both arms of both numbers of clients made all of these.
    turns = 2 * sum(row.outcome.samples[0].count for row in figure.rows)
    assert stream.posts == stored.count() == len(set(numbers))
    assert stored.count() >= turns
    assert stream.head == stream.events.count() == max(numbers)
    told = stream.events.filter(kind=LiveEvent.Kind.POST_PUBLISHED, obj_id__in=stored.values("pk"))
    assert sorted(told.values_list("n", flat=True)) == numbers


def test_sidebars_of_both_arms_count_the_same(stage):
    figure = sidebar.figure(stage)
    assert arms_of(figure) == [sidebar.KYOSO, sidebar.COUNTED]
    tanaka = Member.objects.get(name="田中 里奈")
    with signed_in([tanaka]) as (visitor,), stage.site.web() as server:
        lists = [
            json.loads(told(server, visitor.get(server, f"/bench/{name}/"))["body"])
            for name in ("sidebar", "counted-sidebar")
        ]
    assert lists == [{"listening": 1, "posting": 1, "reading": 1}] * 2


def test_growth_asks_both_sites_the_same(stage):
    figure = growth.figure(stage, stage.site)
    assert [row.note for row in figure.rows[::2]] == [row.note for row in figure.rows[1::2]]
    assert arms_of(figure) == [growth.SMALL, growth.FULL] * (len(figure.rows) // 2)
    assert {row.queries for row in figure.rows if row.note == "sidebar"} == {3}


def test_fan_out_reaches_every_socket_in_every_arm(stage):
    figure = fanout.figure(stage)
    expected = [TINY.posts * sockets for sockets in TINY.sockets for _ in range(3)]
    assert [row.outcome.deliveries for row in figure.rows] == expected
    assert arms_of(figure) == [fanout.KYOSO, fanout.TEXTBOOK, fanout.RAW] * len(TINY.sockets)
    assert not Post.objects.filter(n=None).exists()


def test_report_is_read_by_people_and_machines(tmp_path):
    outcome = Outcome("Kyoso", [Sample(times=[2.0, 4.0], seconds=0.5, cpu=0.25, statuses={"200": 2})])
    goal = Goal("as quick as paper", 1.5, 2.0)
    figure = Figure("Sidebar", [Row("Kyoso", outcome, queries=3, bytes=40, gzip=30)], [goal])
    report = Report({"day": "2026-04-01 09:00 UTC", "commit": "abc1234+"}, [figure])
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n")
    report.insert_into(page)
    lines = [" ".join(line.split()) for line in page.read_text().splitlines()]
    assert (lines[0], lines[-1], "old" in lines) == ("before", "after", False)
    assert "| Kyoso | 4 | 8 | 4 | 4 | 4 | 0% | 3 | 40 | 30 | |" in lines
    assert "| as quick as paper | ≥ 1.5 × | 2 × | met |" in lines
    written = report.write(tmp_path / "results")
    assert written.name == "2026-04-01-abc1234-changed.json"
    assert json.loads(written.read_text())["figures"][0]["rows"][0]["p95"] == 4.0


def test_directory_and_its_twin_find_the_same_members(stage):
    people.person("ito", helps_with="標準化の移行")
    figure = directory.figure(stage)
    assert len(figure.rows) == 2 * len(directory.WORDS)
    assert [row.outcome.statuses for row in figure.rows] == [{"200"}] * 4
    with signed_in([Member.objects.first()]) as (visitor,), stage.site.web() as server:
        pages = [
            told(server, visitor.get(server, f"{prefix}/members/?q=%E6%A8%99%E6%BA%96%E5%8C%96"))["body"]
            for prefix in ("", "/bench")
        ]
    found = [page[page.index("<tbody>") : page.index("</tbody>")] for page in pages]
    assert ("伊藤 大輔" in found[0], found[0].split()) == (True, found[1].split())


def test_doors_are_tried_with_members_and_strangers_in_turn(stage):
    figure = doors.figure(stage)
    assert arms_of(figure) == [
        f"{door}: {arm}" for door in (*doors.DOORS, doors.LEAKY) for arm in (doors.MEMBER, doors.STRANGER)
    ]
    assert [row.outcome.samples[0].count for row in figure.rows] == [TINY.asks] * 8
    assert [row.outcome.statuses for row in figure.rows[::2]] == [{"200"}, {"302"}, {"302"}, {"200"}]
    left = ProcrastinateJob.objects.filter(task_name__in=doors.LEFT_BEHIND)
    assert (Registration.objects.count(), left.count()) == (0, 0)


def test_strangers_of_the_doors_are_like_the_members():
    members = [people.person(key).email for key in ("tanaka", "miura", "ito")]
    pairs = doors.addresses(3)
    assert [member for member, _ in pairs] == sorted(members)
    assert [(len(one), one.partition("@")[2]) for one, _ in pairs] == [
        (len(other), other.partition("@")[2]) for _, other in pairs
    ]
    assert not Member.objects.filter(email__in=[stranger for _, stranger in pairs]).exists()


@pytest.mark.parametrize(
    ("members", "strangers", "told"), [([1, 2], [3, 4], 1), ([3, 4], [1, 2], 0), ([1, 4], [1, 4], 0.5)]
)
def test_the_measure_of_the_doors_is_the_chance_of_being_told_apart(members, strangers, told):
    assert doors.auc(members, strangers) == told
