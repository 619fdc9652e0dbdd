"""Proposals of channels: wishing, supporting, deciding."""

import pytest

from accounts.models import AuditEntry
from channels_app.actions import proposals
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, LiveEvent, Membership, Proposal
from tests import factories
from tests.channels_app.views.habits import assert_asks_to_sign_in, assert_only, queries_of, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db
WISH = {
    "name": "固定資産税",
    "purpose": "評価替えの実務を話す場です。",
    "reason": "細かい話をする場がありません。",
}
PAGE = "/channels/proposals/"


@pytest.fixture
def cast():
    """(proposer, a colleague at the same body, somebody elsewhere, the proposal)."""
    tanaka = person("tanaka")
    colleague = person("tanaka", email="douryou@example.lg.jp", name="同僚 一郎")
    return tanaka, colleague, person("miura"), proposals.propose(tanaka, **WISH)


def counts() -> tuple[int, int]:
    proposal = Proposal.objects.with_support().get()
    return proposal.support_count, proposal.support_organisations


def test_support_counts_members_and_bodies(cast):
    tanaka, colleague, miura, proposal = cast
    assert counts() == (1, 1)
    for member in (colleague, miura, miura):
        proposals.support(member, proposal)
    assert counts() == (3, 2)
    assert proposals.withdraw_support(miura, proposal) is True
    assert proposals.withdraw_support(miura, proposal) is False
    assert counts() == (2, 1)


def test_five_undecided_ones_are_the_most(cast):
    for number in range(4):
        proposals.propose(cast[0], **WISH | {"name": f"提案{number}"})
    with pytest.raises(Refused, match="5件まで"):
        proposals.propose(cast[0], **WISH)
    assert Proposal.objects.count() == 5


def test_granting_opens_the_channel_with_its_supporters_in_it(cast):
    tanaka, _, miura, proposal = cast
    oonishi = person("oonishi")
    proposals.support(miura, proposal)
    channel = proposals.grant(oonishi, proposal, slug="koutei", category="分野別", answer="作りました。")
    assert (channel.name, channel.kind, channel.category) == ("固定資産税", "topic", "分野別")
    inside = Membership.objects.current().filter(channel=channel)
    assert sorted(inside.values_list("member__name", flat=True)) == ["三浦 健太", "田中 里奈"]
    assert {(stay.joined_n > 0, stay.last_read_n == stay.joined_n) for stay in inside} == {(True, True)}
    assert Channel.objects.get().member_count == 2
    decided = Proposal.objects.get()
    assert (decided.channel, decided.decided_by, decided.answer) == (channel, oonishi, "作りました。")
    assert AuditEntry.objects.get().deed == "proposal.granted"
    own = LiveEvent.objects.filter(kind=LiveEvent.Kind.MEMBERSHIP_CHANGED, stream__ref_id=miura.pk)
    assert own.count() == 1


def test_a_decision_is_made_once_and_by_the_secretariat_alone(cast):
    tanaka, _, miura, proposal = cast
    for deed in (
        lambda actor: proposals.grant(actor, proposal, slug="koutei"),
        lambda actor: proposals.decline(actor, proposal, answer="いまは見送ります。"),
    ):
        for actor in (tanaka, person("hasegawa", email=f"h{id(deed)}@example.lg.jp")):
            with pytest.raises(Refused, match="事務局だけ"):
                deed(actor)
    oonishi = person("oonishi")
    with pytest.raises(Refused, match="理由"):
        proposals.decline(oonishi, proposal, answer=" ")
    proposals.decline(oonishi, proposal, answer="いまは見送ります。")
    for deed in (
        lambda: proposals.grant(oonishi, proposal, slug="koutei"),
        lambda: proposals.support(miura, Proposal.objects.get()),
        lambda: proposals.withdraw_support(tanaka, Proposal.objects.get()),
    ):
        with pytest.raises(Refused, match="もう事務局が答えています"):
            deed()
    assert (Channel.objects.count(), counts()) == (0, (1, 1))


def test_proposing_by_the_page_shows_like_names_first(cast):
    miura = cast[2]
    factories.channel("shisetsu-yoyaku", name="公共施設予約")
    factories.channel("himitsu", cast[0], name="施設予約の裏話", kind="private")
    client = signed_in(miura)
    wish = WISH | {"name": "施設の予約"}
    page = client.post(f"{PAGE}new/", wish)
    assert [channel.name for channel in page.context["near"]] == ["公共施設予約"]
    assert ("施設の予約" in page.content.decode(), "それでも提案する" in page.content.decode()) == (
        True,
        True,
    )
    assert Proposal.objects.count() == 1
    client.post(f"{PAGE}new/", wish | {"sure": "1"})
    assert Proposal.objects.first().name == "施設の予約"
    client.post(f"{PAGE}new/", WISH | {"name": "離島"})
    assert Proposal.objects.count() == 3


def test_what_is_missing_stands_beside_the_fields(cast):
    page = signed_in(cast[2]).post(f"{PAGE}new/", {"name": "　", "purpose": "目的はあります", "reason": ""})
    shown = page.content.decode()
    assert page.status_code == 422
    for sentence in (
        "チャンネルの名前を入力してください。",
        "なぜ必要かを書いてください。",
        "目的はあります",
    ):
        assert sentence in shown
    assert Proposal.objects.count() == 1


def test_the_list_and_its_buttons(cast):
    tanaka, _, miura, proposal = cast
    client, address = signed_in(miura), f"{PAGE}{proposal.pk}/support/"
    assert client.post(address, {"deed": "support"})["Location"] == f"{PAGE}#proposal-{proposal.pk}"
    page = client.get(PAGE).content.decode()
    assert ("<b>2団体</b>・2人が賛成" in page, "賛成しています" in page) == (True, True)
    client.post(address, {"deed": "withdraw"})
    assert "<b>1団体</b>・1人が賛成" in client.get(PAGE).content.decode()
    assert client.post(address, {"deed": "nai"}).status_code == 422
    assert client.post(f"{PAGE}999999/support/", {"deed": "support"}).status_code == 404
    few = queries_of(client, PAGE)
    for number in range(29):
        Proposal.objects.create(proposer=tanaka, **WISH | {"name": f"提案{number}"})
    assert queries_of(client, PAGE) == few
    assert_only("post", address, miura)
    for place in (PAGE, f"{PAGE}new/"):
        assert_asks_to_sign_in(place)


def test_everybody_reads_the_answer(cast):
    proposals.decline(person("oonishi"), cast[3], answer="雑談で続いているため見送ります。")
    page = signed_in(cast[2]).get(PAGE).content.decode()
    assert ("見送りました" in page, "雑談で続いているため見送ります。" in page) == (True, True)
    assert f"/{cast[3].pk}/support/" not in page
