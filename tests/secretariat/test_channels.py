"""The secretariat's pages for channels and proposals."""

import pytest

from channels_app.actions import proposals
from channels_app.models import Channel, Membership, Proposal
from tests import factories
from tests.channels_app.views.habits import signed_in
from tests.people import person

pytestmark = pytest.mark.django_db
DESK = "/secretariat/channels/"
FACTS = {
    "name": "固定資産税",
    "kana": "コテイシサン",
    "purpose": "評価替えの話",
    "kind": "topic",
    "category": "分野別",
}


@pytest.fixture
def desk():
    """The secretariat's browser; a channel, a group and a talk of others are there."""
    tanaka, miura = person("tanaka"), person("miura")
    factories.channel("madoguchi-dx", tanaka)
    factories.channel("himitsu", tanaka, kind="private", name="ひみつの会")
    factories.channel("direct-1", tanaka, miura, kind="direct", name="田中と三浦")
    return signed_in(person("oonishi"))


def field_errors(answer, form: str = "form") -> dict:
    found = answer.context["forms"][form] if form != "form" else answer.context["form"]
    return {name: sentences[0] for name, sentences in found.errors.items()}


def test_the_list_shows_open_channels_only(desk):
    Channel.objects.filter(slug="madoguchi-dx").update(kana="まどぐち")
    page = desk.get(DESK).content.decode()
    assert ("窓口DX" in page, "ひみつの会" in page, "田中と三浦" in page) == (True, False, False)
    assert [one.name for one in desk.get(DESK, {"q": "マドグチ"}).context["living"]] == ["窓口DX"]
    assert desk.get(DESK, {"q": "ひみつ"}).context["living"] == []
    for slug in ("himitsu", "direct-1", "nai"):
        assert desk.get(f"{DESK}{slug}/").status_code == 404
        assert desk.post(f"{DESK}{slug}/archiving/", {"deed": "archive"}).status_code == 404
    assert Channel.objects.filter(archived_at=None).count() == 3


def test_creating_a_channel(desk):
    answer = desk.post(f"{DESK}new/", FACTS | {"slug": "Koutei－shisan", "by_default": "on"})
    assert answer["Location"] == f"{DESK}koutei-shisan/"
    made = Channel.objects.get(slug="koutei-shisan")
    assert (made.kana, made.by_default, made.kind) == ("こていしさん", True, "topic")


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"name": ""}, "name", "名前を入力してください。"),
        ({"slug": "固定"}, "slug", "アドレスは、半角の英小文字と数字をハイフンでつないでください。"),
        ({"slug": "proposals"}, "slug", "このアドレスは使えません。別の言葉にしてください。"),
        ({"slug": "new"}, "slug", "このアドレスは使えません。別の言葉にしてください。"),
        (
            {"slug": "madoguchi-dx"},
            "__all__",
            "このアドレスは、ほかのチャンネルが使っているか、前に使っていました。",
        ),
        ({"kana": "読み"}, "kana", "読みは、ひらがなで入力してください。"),
        ({"kind": "private"}, "kind", "正しく選択してください。選択したものは候補にありません。"),
        (
            {"kind": "regional"},
            "prefecture_code",
            "地域のチャンネルには、都道府県か団体の区分を選んでください。",
        ),
        ({"peer_class": "towns"}, "kind", "都道府県や区分を選べるのは、種別が「地域」のときだけです。"),
    ],
)
def test_bad_input_stands_beside_the_field_and_makes_nothing(desk, typed, field, sentence):
    answer = desk.post(f"{DESK}new/", FACTS | {"slug": "koutei"} | typed)
    assert answer.status_code in {403, 422}
    assert sentence in field_errors(answer).get(field, "") or field == "kind"
    assert "評価替えの話" in answer.content.decode()
    assert Channel.objects.count() == 3


def test_describing_moving_and_archiving(desk):
    assert desk.post(f"{DESK}madoguchi-dx/description/", FACTS)["Location"] == f"{DESK}madoguchi-dx/"
    assert Channel.objects.get(slug="madoguchi-dx").name == "固定資産税"
    assert desk.post(f"{DESK}madoguchi-dx/address/", {"slug": "koutei"})["Location"] == f"{DESK}koutei/"
    page = desk.get(f"{DESK}koutei/").content.decode()
    assert "<b>madoguchi-dx</b>" in page
    for deed, archived in (("archive", True), ("archive", True), ("reopen", False)):
        desk.post(f"{DESK}koutei/archiving/", {"deed": deed})
        assert bool(Channel.objects.get(slug="koutei").archived_at) == archived


def test_a_refused_form_comes_back_open(desk):
    factories.channel("zeimu", name="税務")
    answer = desk.post(f"{DESK}madoguchi-dx/address/", {"slug": "zeimu"})
    assert (answer.status_code, answer.context["open"]) == (403, "address")
    answer = desk.post(f"{DESK}madoguchi-dx/merger/", {"into": "どこにもない", "sure": "on"})
    assert field_errors(answer, "merger") == {
        "into": "この統合先が見つかりません。アドレスで入力してください。"
    }
    answer = desk.post(f"{DESK}madoguchi-dx/merger/", {"into": "税務"})
    assert field_errors(answer, "merger") == {"sure": "チェックを入れてください。"}
    answer = desk.post(f"{DESK}madoguchi-dx/merger/", {"into": "himitsu", "sure": "on"})
    assert "into" in field_errors(answer, "merger")
    assert Channel.objects.filter(archived_at=None).count() == 4


def test_merging(desk):
    factories.channel("zeimu", name="税務")
    answer = desk.post(f"{DESK}madoguchi-dx/merger/", {"into": "#税務", "sure": "on"})
    assert answer["Location"] == f"{DESK}madoguchi-dx-hokan/"
    assert "に統合しました" in desk.get(f"{DESK}madoguchi-dx-hokan/").content.decode()


def test_the_desk_is_the_secretariats(desk):
    paths = ("", "new/", "madoguchi-dx/")
    for key in ("tanaka", "hasegawa"):
        client = signed_in(person(key, email=f"{key}2@example.lg.jp"))
        assert {client.get(DESK + path).status_code for path in paths} == {404}
        assert client.post(f"{DESK}madoguchi-dx/archiving/", {"deed": "archive"}).status_code == 404
        assert client.get("/secretariat/proposals/").status_code == 404
    assert Channel.objects.filter(archived_at=None).count() == 3


# -- proposals


@pytest.fixture
def proposal(desk):
    return proposals.propose(
        person("yamamoto"), name="窓口の話", purpose="窓口の話をする場", reason="場がないからです。"
    )


def test_granting(desk, proposal):
    page = desk.get(f"/secretariat/proposals/{proposal.pk}/")
    assert [one.name for one in page.context["near"]] == ["窓口DX"]
    answer = desk.post(
        f"/secretariat/proposals/{proposal.pk}/granting/", {"slug": "mado", "answer": "作りました。"}
    )
    assert answer["Location"] == f"{DESK}mado/"
    assert Membership.objects.filter(channel__slug="mado").count() == 1
    assert Proposal.objects.get().channel.slug == "mado"


def test_declining_needs_a_reason(desk, proposal):
    address = f"/secretariat/proposals/{proposal.pk}/declining/"
    answer = desk.post(address, {"answer": "　"})
    assert (answer.status_code, field_errors(answer, "decline")) == (
        422,
        {"answer": "お断りの理由を書いてください。"},
    )
    assert Proposal.objects.undecided().count() == 1
    assert desk.post(address, {"answer": "似た場があります。"})["Location"] == "/secretariat/proposals/"
    again = desk.post(address, {"answer": "もう一度"})
    assert (again.status_code, Proposal.objects.get().answer) == (403, "似た場があります。")
    assert "似た場があります。" in desk.get("/secretariat/proposals/").content.decode()


def test_a_refused_address_opens_nothing(desk, proposal):
    for slug in ("madoguchi-dx", "himitsu", ""):
        answer = desk.post(f"/secretariat/proposals/{proposal.pk}/granting/", {"slug": slug})
        assert answer.status_code in {403, 422}
    assert (Channel.objects.count(), Proposal.objects.undecided().count()) == (3, 1)
    assert desk.get("/secretariat/proposals/999999/").status_code == 404
