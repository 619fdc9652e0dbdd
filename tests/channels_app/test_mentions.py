"""Whom a post addresses: resolution in text, rows, and what stays text."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Ambassador, Member
from channels_app import fragments, recipients
from channels_app.actions import channels
from channels_app.actions.posts import edit_post
from channels_app.models import Channel, Mention, Notification
from channels_app.viewer import visit
from tests import factories
from tests.people import person

pytestmark = pytest.mark.django_db


def span(mark: str, text: str) -> str:
    """A mention in the HTML of a post."""
    return f'<span class="ky-mention" data-mention="{mark}">{text}</span>'


def marks(post) -> set[str]:
    """The marks of a post's rows."""
    return {row.mark for row in Mention.objects.filter(post=post)}


def addressees_of(post) -> set[int]:
    """Who hears of the post because it addresses them."""
    return {one.member_id for one in recipients.of(post) if one.kind == Notification.Kind.MENTION}


@pytest.fixture
def stage():
    """(Tanaka of 中土佐町, Miura of 盛岡市, an open channel with both)."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.channel("madoguchi-dx", tanaka, miura)


def test_a_member_is_addressed_straight_after_japanese_text(stage):
    tanaka, miura, channel = stage
    post = factories.post(tanaka, channel, "お疲れさまです@三浦 健太（岩手県 盛岡市）さん、助かりました")
    assert post.html == (
        f"<p>お疲れさまです{span(f'm{miura.pk}', '@三浦 健太（岩手県 盛岡市）')}さん、助かりました</p>"
    )
    assert (marks(post), addressees_of(post)) == ({f"m{miura.pk}"}, {miura.pk})


@pytest.mark.parametrize(
    "typed",
    [
        "＠三浦 健太（岩手県 盛岡市）",
        "@三浦健太（岩手県盛岡市）",
        "@三浦\u3000健太(岩手県\u3000盛岡市)",
        "@三浦 健太（岩手県 盛岡市・情報企画課）",
    ],
)
def test_width_spaces_and_section_do_not_matter(stage, typed):
    tanaka, miura, channel = stage
    assert (
        factories.post(tanaka, channel, f"はい{typed}。").html
        == f"<p>はい{span(f'm{miura.pk}', typed)}。</p>"
    )


@pytest.mark.parametrize(
    "typed",
    [
        "@三浦 健太",
        "@三浦 健太（高知県 中土佐町）",
        "@三浦 太郎（岩手県 盛岡市）",
        "@盛岡市",
        "@アンバサダー",
        "三浦 健太（岩手県 盛岡市）",
        "`@三浦 健太（岩手県 盛岡市）`",
    ],
)
def test_what_names_nobody_stays_text(stage, typed):
    tanaka, _, channel = stage
    post = factories.post(tanaka, channel, typed)
    assert ("ky-mention" in post.html, marks(post), addressees_of(post)) == (False, set(), set())


def test_the_longest_name_wins(stage):
    tanaka, miura, channel = stage
    yamamoto = person("yamamoto")
    channels.admit(yamamoto, channel)
    town, prefecture = tanaka.affiliation.organisation, yamamoto.affiliation.organisation
    post = factories.post(miura, channel, "@高知県 中土佐町のみなさん、@高知県のみなさん")
    both = span(f"o{town.pk}", "@高知県 中土佐町"), span(f"o{prefecture.pk}", "@高知県")
    assert post.html == "<p>{}のみなさん、{}のみなさん</p>".format(*both)
    assert addressees_of(post) == {tanaka.pk, yamamoto.pk}


def test_an_organisation_without_anybody_in_the_channel_stays_text(stage):
    tanaka, _, channel = stage
    yamamoto = person("yamamoto")
    post = factories.post(tanaka, channel, "@高知県のみなさん")
    assert (post.html, addressees_of(post)) == ("<p>@高知県のみなさん</p>", set())
    channels.admit(yamamoto, channel)
    assert addressees_of(factories.post(tanaka, channel, "@高知県のみなさん")) == {yamamoto.pk}


def test_nobody_who_may_not_see_a_closed_channel_is_addressed(stage):
    tanaka, miura, _ = stage
    ito = person("ito")
    closed = factories.channel("junbikai", tanaka, ito, kind=Channel.Kind.PRIVATE)
    post = factories.post(tanaka, closed, "@三浦 健太（岩手県 盛岡市） @伊藤 大輔（総務省）")
    assert (marks(post), addressees_of(post)) == ({f"m{ito.pk}"}, {ito.pk})
    channels.leave_channel(ito, closed)
    assert addressees_of(post) == set()
    assert marks(factories.post(tanaka, stage[2], "@三浦 健太（岩手県 盛岡市）")) == {f"m{miura.pk}"}


def test_somebody_suspended_is_not_addressed(stage):
    tanaka, miura, channel = stage
    Member.objects.filter(pk=miura.pk).update(suspended_at="2026-01-01T00:00:00Z")
    assert marks(factories.post(tanaka, channel, "@三浦 健太（岩手県 盛岡市） @岩手県 盛岡市")) == set()


def test_ambassadors_are_those_of_the_prefecture_or_those_in_the_channel(stage):
    tanaka, miura, channel = stage
    yamamoto = person("yamamoto")
    Ambassador.objects.create(member=yamamoto, prefecture_code="39", valid_from=date(2020, 1, 1))
    Ambassador.objects.create(member=miura, prefecture_code="03", valid_from=date(2020, 1, 1))
    regional = factories.channel("kochi", tanaka, kind=Channel.Kind.REGIONAL, prefecture_code="39")
    at_home, elsewhere = (
        factories.post(tanaka, place, "@アンバサダーの方へ") for place in (regional, channel)
    )
    assert at_home.html == f"<p>{span('a', '@アンバサダー')}の方へ</p>"
    assert (addressees_of(at_home), addressees_of(elsewhere)) == ({yamamoto.pk}, {miura.pk})


def test_namesakes_are_told_apart_by_their_section(stage):
    tanaka, _, channel = stage
    two = [person("miura", email=f"miura{number}@example.lg.jp") for number in (2, 3)]
    two[1].affiliations.update(section="税務課")
    several = factories.post(tanaka, channel, "@三浦 健太（岩手県 盛岡市）")
    one = factories.post(tanaka, channel, "@三浦 健太（岩手県 盛岡市・税務課）")
    assert addressees_of(several) == {stage[1].pk, two[0].pk, two[1].pk}
    assert addressees_of(one) == {two[1].pk}


def test_an_edit_adds_and_removes(stage):
    tanaka, miura, channel = stage
    ito = person("ito")
    post = factories.post(tanaka, channel, "@三浦 健太（岩手県 盛岡市）")
    edited = edit_post(tanaka, post, text="@伊藤 大輔（総務省）さんへ")
    assert (marks(post), edited.html) == (
        {f"m{ito.pk}"},
        f"<p>{span(f'm{ito.pk}', '@伊藤 大輔（総務省）')}さんへ</p>",
    )
    edit_post(tanaka, post, text="だれにも")
    assert marks(post) == set()


def test_typed_html_is_text(stage):
    tanaka, miura, channel = stage
    post = factories.post(tanaka, channel, span(f"m{miura.pk}", "@三浦"))
    assert (post.html.count("<span"), marks(post)) == (0, set())


def test_ones_own_name_and_a_name_twice(stage):
    tanaka, miura, channel = stage
    text = "@田中 里奈（高知県 中土佐町） @三浦 健太（岩手県 盛岡市） @三浦 健太（岩手県 盛岡市）"
    post = factories.post(tanaka, channel, text)
    assert (marks(post), addressees_of(post)) == ({f"m{tanaka.pk}", f"m{miura.pk}"}, {miura.pk})


def test_the_number_of_queries_does_not_grow_with_the_names(stage):
    tanaka, _, channel = stage
    text = "@三浦 健太（岩手県 盛岡市） @岩手県 盛岡市 @アンバサダー "
    numbers = []
    factories.post(tanaka, channel, "先に一つ")
    for times in (1, 9):
        with CaptureQueriesContext(connection) as counted:
            factories.post(tanaka, channel, text * times)
        numbers.append(len(counted))
    assert numbers[0] == numbers[1]


def test_the_fragment_says_whom_it_addresses_and_the_page_how_one_is_called(stage):
    tanaka, miura, channel = stage
    post = factories.post(tanaka, channel, "@三浦 健太（岩手県 盛岡市） @岩手県 盛岡市")
    home = miura.affiliation.organisation
    assert f'data-mentions="m{miura.pk} o{home.pk}"' in fragments.post(post.pk).html
    Ambassador.objects.create(member=miura, prefecture_code="03", valid_from=date(2020, 1, 1))
    regional = factories.channel("kochi", miura, kind=Channel.Kind.REGIONAL, prefecture_code="39")
    looking_in = factories.channel("zatsudan", tanaka)
    called = [visit(miura, place.slug).called for place in (channel, regional, looking_in)]
    mine, ours = f"m{miura.pk}", f"o{home.pk}"
    assert called == [[mine, ours, "a"], [mine, ours], [mine]]
