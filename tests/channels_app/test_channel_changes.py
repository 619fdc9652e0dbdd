"""What the secretariat changes about channels, and where old addresses lead."""

import pytest

from accounts.models import AuditEntry
from channels_app.actions import channel_changes as changes
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, FormerAddress, LiveEvent, Membership
from channels_app.models.kinds import ARCHIVED
from tests import factories
from tests.channels_app.views.habits import JSON, signed_in, words
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """(secretariat, member, channel)."""
    tanaka = person("tanaka")
    return person("oonishi"), tanaka, factories.channel("madoguchi-dx", tanaka)


def heard(channel: Channel) -> list[int]:
    """The kinds of the events about the channel, on its own stream and on the site's."""
    kinds = [LiveEvent.Kind.CHANNEL_CHANGED, LiveEvent.Kind.CHANNELS_CHANGED]
    return list(
        LiveEvent.objects.filter(kind__in=kinds, obj_id=channel.pk, actor_id__isnull=False).values_list(
            "kind", flat=True
        )
    )


def test_only_the_secretariat_changes_anything(cast):
    _, tanaka, channel = cast
    other = factories.channel("zeimu", tanaka, name="税務")
    for deed in (
        lambda who: changes.create_channel(who, slug="nai", name="x", kind="topic"),
        lambda who: changes.describe_channel(who, channel, name="別の名前"),
        lambda who: changes.move_channel(who, channel, slug="betsu"),
        lambda who: changes.merge_channels(who, channel, other),
        lambda who: changes.archive_channel(who, channel),
        lambda who: changes.reopen_channel(who, channel),
    ):
        for who in (tanaka, person("hasegawa", email=f"h{id(deed)}@example.lg.jp")):
            with pytest.raises(Refused, match="事務局だけ"):
                deed(who)
    channel.refresh_from_db()
    assert (channel.name, channel.slug, channel.archived_at, Channel.objects.count()) == (
        "窓口DX",
        "madoguchi-dx",
        None,
        2,
    )
    assert AuditEntry.objects.count() == 0


def test_create_describe_and_what_is_heard(cast):
    oonishi, _, _ = cast
    made = changes.create_channel(oonishi, slug="koutei", name="固定資産税", kind="topic", purpose="話す")
    assert changes.describe_channel(oonishi, made, name="固定資産", by_default=True) == ["name", "by_default"]
    assert changes.describe_channel(oonishi, made, name="固定資産", by_default=True) == []
    made = Channel.objects.get(pk=made.pk)
    assert (made.name, made.by_default, made.v) == ("固定資産", True, 2)
    assert sorted(heard(made)) == [20, 20, 60, 60]
    entries = AuditEntry.objects.order_by("id")
    assert [entry.deed for entry in entries] == ["channel.created", "channel.described"]
    assert entries[1].detail == {
        "fields": ["name", "by_default"],
        "before": "固定資産税",
        "after": "固定資産",
    }


def test_an_address_in_use_now_or_before_is_refused(cast):
    oonishi, tanaka, channel = cast
    factories.channel("zeimu", tanaka, name="税務")
    changes.move_channel(oonishi, channel, slug="mado")
    for slug in ("zeimu", "madoguchi-dx"):
        with pytest.raises(Refused, match="使っているか"):
            changes.create_channel(oonishi, slug=slug, name="x", kind="topic")
    with pytest.raises(Refused, match="使っているか"):
        changes.move_channel(oonishi, Channel.objects.get(slug="mado"), slug="zeimu")
    back = changes.move_channel(oonishi, Channel.objects.get(slug="mado"), slug="madoguchi-dx")
    assert (back.slug, [one.slug for one in FormerAddress.objects.all()]) == ("madoguchi-dx", ["mado"])


def test_old_addresses_lead_on_with_everything_behind_them(cast):
    oonishi, tanaka, channel = cast
    post = factories.post(tanaka, channel)
    changes.move_channel(oonishi, channel, slug="mado")
    client = signed_in(tanaka)
    for old, new in (
        ("/channels/madoguchi-dx/", "/channels/mado/"),
        (f"/channels/madoguchi-dx/?around={post.pk}", f"/channels/mado/?around={post.pk}"),
        ("/channels/madoguchi-dx/members/?q=a&page=2", "/channels/mado/members/?q=a&page=2"),
        ("/channels/madoguchi-dx/questions/", "/channels/mado/questions/"),
    ):
        answer = client.get(old)
        assert (answer.status_code, answer["Location"]) == (302, new)
    assert client.get(f"/posts/{post.pk}/")["Location"].startswith("/channels/mado/?around=")


def test_a_form_that_was_open_meanwhile_is_sent_on(cast):
    oonishi, tanaka, channel = cast
    changes.move_channel(oonishi, channel, slug="mado")
    client = signed_in(tanaka)
    answer = client.post("/channels/madoguchi-dx/posts/", words("途中で引っ越した投稿"), **JSON)
    assert (answer.status_code, answer["Location"]) == (307, "/channels/mado/posts/")
    assert client.post(answer["Location"], words("途中で引っ越した投稿"), **JSON).status_code == 201


def test_an_old_address_tells_strangers_nothing(cast):
    oonishi, tanaka, _ = cast
    closed = factories.channel("himitsu", tanaka, kind="private")
    FormerAddress.objects.create(slug="mukashi", channel=closed)
    assert signed_in(oonishi).get("/channels/mukashi/").status_code == 404
    assert signed_in(tanaka).get("/channels/mukashi/")["Location"] == "/channels/himitsu/"
    assert signed_in(tanaka).get("/channels/nai/").status_code == 404


def test_a_merged_channel_stays_readable_and_its_members_go_on(cast):
    oonishi, tanaka, channel = cast
    miura, ito = person("miura"), person("ito")
    factories.channels.admit(miura, channel)
    into = factories.channel("furontoyado", miura, name="フロントヤード")
    post = factories.post(tanaka, channel)
    factories.post(miura, into)
    changes.merge_channels(oonishi, channel, into)
    stored = Channel.objects.get(pk=channel.pk)
    assert (stored.slug, stored.merged_into, bool(stored.archived_at)) == ("madoguchi-dx-hokan", into, True)
    assert "admit_members_of" in run_jobs()
    assert changes.admit_members_of(stored, into) == 0
    present = Membership.objects.current().filter(channel=into)
    assert sorted(stay.member.name for stay in present) == ["三浦 健太", "田中 里奈"]
    stream_posts = {stay.member.name: stay.read_posts for stay in present}
    assert stream_posts["田中 里奈"] == 1  # nothing is unread on joining
    assert Channel.objects.get(pk=into.pk).member_count == 2
    client = signed_in(tanaka)
    assert client.get("/channels/madoguchi-dx/")["Location"] == "/channels/furontoyado/"
    deep = client.get(f"/channels/madoguchi-dx/?around={post.pk}")["Location"]
    assert deep == f"/channels/madoguchi-dx-hokan/?around={post.pk}"
    page = client.get(deep).content.decode()
    assert (
        '<a href="/channels/furontoyado/">フロントヤード</a>」に統合されました' in page,
        ARCHIVED in page,
    ) == (True, True)
    assert signed_in(ito).get("/channels/furontoyado/").status_code == 200


def test_a_chain_of_mergers_leads_to_its_end(cast):
    oonishi, tanaka, first = cast
    second, third = (factories.channel(f"c-{n}", tanaka, name=f"話題{n}") for n in (2, 3))
    changes.merge_channels(oonishi, first, second)
    changes.merge_channels(oonishi, second, third)
    assert signed_in(tanaka).get("/channels/madoguchi-dx/")["Location"] == "/channels/c-3/"
    assert signed_in(tanaka).get("/channels/c-2/")["Location"] == "/channels/c-3/"


def test_members_of_a_merged_channel_go_to_where_a_chain_of_mergers_ends(cast):
    oonishi, _, first = cast
    second, third = (factories.channel(f"c-{n}", oonishi, name=f"話題{n}") for n in (2, 3))
    factories.channels.admit(person("miura"), first)
    changes.merge_channels(oonishi, first, second)
    changes.merge_channels(oonishi, second, third)
    run_jobs()
    there = Membership.objects.current().filter(member__name="三浦 健太").exclude(channel=first)
    assert [stay.channel for stay in there] == [third]


def test_what_cannot_be_merged(cast):
    oonishi, tanaka, channel = cast
    closed = factories.channel("himitsu", tanaka, kind="private")
    gone = factories.channel("furui", tanaka, archived_at="2026-11-01T00:00:00Z")
    for one, other in (
        (channel, channel),
        (channel, closed),
        (closed, channel),
        (channel, gone),
        (gone, channel),
    ):
        with pytest.raises(Refused):
            changes.merge_channels(oonishi, one, other)
    assert FormerAddress.objects.count() == 0


def test_archive_and_reopen(cast):
    oonishi, tanaka, channel = cast
    assert changes.archive_channel(oonishi, channel) is True
    assert changes.archive_channel(oonishi, channel) is False
    client = signed_in(tanaka)
    assert client.post("/channels/madoguchi-dx/posts/", words()).status_code == 403
    assert "窓口DX" not in client.get("/channels/").content.decode()
    assert changes.reopen_channel(oonishi, channel) is True
    assert client.post("/channels/madoguchi-dx/posts/", words()).status_code == 303
    assert [entry.deed for entry in AuditEntry.objects.filter(noun="channel").order_by("id")] == [
        "channel.archived",
        "channel.reopened",
    ]
    into = factories.channel("zeimu", tanaka, name="税務")
    changes.merge_channels(oonishi, channel, into)
    with pytest.raises(Refused, match="もう一度開けません"):
        changes.reopen_channel(oonishi, channel)
