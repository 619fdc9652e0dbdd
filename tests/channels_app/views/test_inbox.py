"""The page of the inbox, its tabs and forms, and the number in the frame."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_app.actions import reactions
from channels_app.live import log
from channels_app.models import LiveStream, Mention, Notification
from tests import factories
from tests.channels_app.views.habits import JSON, assert_asks_to_sign_in, assert_only, signed_in
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """Tanaka, whose inbox it is, Miura, who acts, and a channel of both."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.channel("madoguchi-dx", tanaka, miura)


def called(member, author, channel, text="こんにちは", root=None):
    """A post that mentions a member, its job done."""
    post = factories.post(author, channel, text, root)
    Mention.objects.create(post=post, kind="member", member=member)
    run_jobs()
    return post


def shown(client, address="/inbox/") -> list[tuple[str, int]]:
    """(kind, post) of the rows of a page, in order."""
    page = client.get(address).context["page"]
    return [(row.notification.kind, row.notification.post_id) for *_, rows in page.days for row in rows]


def test_rows_say_who_where_and_what(cast):
    tanaka, miura, channel = cast
    post = called(tanaka, miura, channel, "待ち時間の**表**です")
    page = signed_in(tanaka).get("/inbox/").content.decode()
    row = page.split('<li class="ky-inbox__item"')[1].split("</li>")[0]
    words = [part.split(">")[-1].strip() for part in row.split("<")]
    at = f"{timezone.localtime(post.posted_at):%-H:%M}"
    assert [word for word in words if word] == [
        *("三", "三浦 健太", "（岩手県 盛岡市・情報企画課）さんがあなたを呼んでいます", "#窓口DX"),
        *("待ち時間の表です", "未読", at, "既読にする", f"：三浦 健太さん {at}"),
    ]
    assert f'href="/posts/{post.pk}/"' in row


def test_stamps_are_one_line(cast):
    tanaka, miura, channel = cast
    post = factories.post(tanaka, channel)
    for number in range(4):
        reactions.react(person("ito", email=f"ito{number}@example.lg.jp"), post, stamp="tasukatta")
    reactions.react(miura, post, stamp="tasukatta")
    run_jobs()
    page = signed_in(tanaka).get("/inbox/").content.decode()
    assert page.count('<li class="ky-inbox__item"') == 1
    assert "さんほか4人が「助かった」などのスタンプを押しました" in page


def test_tabs_hold_their_kinds(cast):
    tanaka, miura, channel = cast
    root = factories.post(tanaka, channel)
    reply = factories.post(miura, channel, root=root)
    reactions.react(miura, root, stamp="onaji")
    run_jobs()
    call = called(tanaka, miura, channel)
    client = signed_in(tanaka)
    client.get(f"/posts/{call.pk}/")
    assert shown(client) == [("mention", call.pk), ("stamp", root.pk), ("reply", reply.pk)]
    assert shown(client, "/inbox/?tab=calls") == [("mention", call.pk)]
    assert shown(client, "/inbox/?tab=replies") == [("reply", reply.pk)]
    assert shown(client, "/inbox/?tab=stamps") == [("stamp", root.pk)]
    assert shown(client, "/inbox/?tab=unread") == [("stamp", root.pk), ("reply", reply.pk)]


@pytest.mark.parametrize("tab", ["", "calls", "replies", "stamps", "unread"])
def test_an_empty_tab_says_what_comes_here(tab):
    answer = signed_in(person("tanaka")).get(f"/inbox/?tab={tab}")
    assert (answer.status_code, answer.content.count(b"ky-empty__title")) == (200, 1)


def test_pages_follow_by_link_without_gap_or_repetition(cast):
    tanaka, miura, channel = cast
    posts = [factories.post(miura, channel) for _ in range(65)]
    at = timezone.now()
    Notification.objects.bulk_create(
        Notification(member=tanaka, kind="post", post=post, actor=miura, happened_at=at) for post in posts
    )
    client, address, seen = signed_in(tanaka), "/inbox/", []
    while address:
        seen.append(shown(client, address))
        older = client.get(address).context["page"].older
        address = f"/inbox/?before={older}" if older else ""
    assert [len(rows) for rows in seen] == [30, 30, 5]
    assert [post for rows in seen for _, post in rows] == [post.pk for post in reversed(posts)]


def test_one_row_and_thirty_cost_the_same_queries(cast):
    tanaka, miura, channel = cast

    def cost() -> int:
        client = signed_in(tanaka)
        client.get("/inbox/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/inbox/")
        return len(queries)

    called(tanaka, miura, channel)
    once = cost()
    for number in range(29):
        other = person("ito", email=f"ito{number}@example.lg.jp")
        post = factories.post(tanaka, channel)
        reactions.react(other, post, stamp="onaji")
    run_jobs()
    assert (cost(), len(shown(signed_in(tanaka)))) == (once, 30)


@pytest.mark.parametrize("address", ["/inbox/?before=abc", "/inbox/?before=99", "/inbox/?tab=x"])
def test_bad_addresses_are_not_found(cast, address):
    assert signed_in(cast[0]).get(address).status_code == 404


def test_a_row_is_marked_and_marked_back_by_its_form_and_by_the_script(cast):
    tanaka, miura, channel = cast
    called(tanaka, miura, channel)
    row = Notification.objects.get()
    client = signed_in(tanaka)
    answer = client.post(f"/inbox/{row.pk}/mark/", {"deed": "read", "next": "/inbox/?tab=unread"})
    assert (answer.status_code, answer["Location"]) == (303, f"/inbox/?tab=unread#notification-{row.pk}")
    assert Notification.objects.unread().count() == 0
    told = client.post(f"/inbox/{row.pk}/mark/", {"deed": "unread"}, **JSON).json()
    assert told == {"unread": 1, "told": "", "deed": "unread"}
    assert client.post(f"/inbox/{row.pk}/mark/", {"deed": "x"}).status_code == 422
    assert Notification.objects.unread().count() == 1


def test_other_peoples_rows_do_not_exist(cast):
    tanaka, miura, channel = cast
    called(tanaka, miura, channel)
    row = Notification.objects.get()
    assert signed_in(miura).post(f"/inbox/{row.pk}/mark/", {"deed": "read"}).status_code == 404
    assert Notification.objects.unread().count() == 1
    assert shown(signed_in(miura)) == []


def test_everything_is_marked_up_to_what_the_page_showed(cast):
    tanaka, miura, channel = cast
    called(tanaka, miura, channel)
    client = signed_in(tanaka)
    upto = client.get("/inbox/").context["page"].newest
    later = called(tanaka, miura, channel)
    answer = client.post("/inbox/read/", {"upto": upto})
    assert (answer.status_code, answer["Location"]) == (303, "/inbox/")
    assert Notification.objects.unread().get().post_id == later.pk
    assert client.post("/inbox/read/", {"upto": "きのう"}).status_code == 422
    assert client.post("/inbox/read/", {}, **JSON).status_code == 422


def test_all_channels_are_read_by_one_form(cast):
    tanaka, miura, channel = cast
    factories.post(miura, channel)
    client = signed_in(tanaka)
    assert client.get("/home/").context["sidebar"].unread == 1
    client.post("/inbox/channels/")
    assert client.get("/home/").context["sidebar"].unread == 0


def test_the_number_stands_in_the_frame_and_in_the_title(cast):
    tanaka, miura, channel = cast
    assert "<title>ホーム｜共創</title>" in signed_in(tanaka).get("/home/").content.decode()
    called(tanaka, miura, channel)
    page = signed_in(tanaka).get("/home/").content.decode()
    entry = page.split("data-inbox ")[1].split("</a>")[0]
    assert "お知らせ" in entry
    assert '未読</span><span data-count>1</span><span class="ky-hidden">件' in entry
    assert " hidden" not in entry.split("ky-count")[1].split(">")[0]
    # One post that is unread in its channel, and one row of the inbox.
    assert "<title>(2) ホーム｜共創</title>" in page


def test_nobody_counts_further_than_a_hundred(cast):
    tanaka, miura, channel = cast
    posts = [factories.post(miura, channel) for _ in range(120)]
    Notification.objects.bulk_create(
        Notification(member=tanaka, kind="post", post=post, actor=miura) for post in posts
    )
    page = signed_in(tanaka).get("/inbox/").content.decode()
    assert ("<span data-count>99+</span>" in page, "未読99件以上" in page) == (True, True)


def test_the_frame_knows_the_head_of_ones_own_stream(cast):
    tanaka, miura, channel = cast
    called(tanaka, miura, channel)
    epoch = log.epoch()
    page = signed_in(tanaka).get("/home/").content.decode()
    head = LiveStream.objects.get(kind="u", ref_id=tanaka.pk).head
    assert f'data-stream="u{tanaka.pk}" data-n="{head}" data-waiting="1"' in page
    assert f'data-epoch="{epoch}"' in page


def test_the_channel_page_asks_no_more_queries_for_the_number(cast):
    tanaka, miura, channel = cast

    def cost() -> int:
        client = signed_in(tanaka)
        client.get("/channels/madoguchi-dx/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/channels/madoguchi-dx/")
        return len(queries)

    factories.post(miura, channel)
    before = cost()
    for _ in range(5):
        called(tanaka, miura, channel)
    assert cost() == before


def test_opening_by_the_link_reads_the_row(cast):
    tanaka, miura, channel = cast
    root = called(tanaka, miura, channel)
    reply = called(tanaka, miura, channel, root=root)
    client = signed_in(tanaka)
    client.get(f"/posts/{root.pk}/")
    assert Notification.objects.unread().get().post_id == reply.pk
    client.get(f"/posts/{root.pk}/thread/")
    assert Notification.objects.unread().count() == 0


def test_unread_from_here_leads_away_from_the_page_that_would_count_as_read(cast):
    tanaka, miura, channel = cast
    post = factories.post(miura, channel)
    client = signed_in(tanaka)
    client.post("/channels/madoguchi-dx/read/")
    answer = client.post(f"/posts/{post.pk}/unread/")
    assert (answer.status_code, answer["Location"]) == (303, "/channels/")
    assert client.get("/home/").context["sidebar"].channels[0].unread == 1
    told = client.post(f"/posts/{post.pk}/unread/", **JSON).json()
    assert (told["from"], told["told"]) == (post.pk, "ここから未読にしました。")


def test_unread_from_here_is_refused_and_hidden_where_one_is_not(cast):
    _, miura, channel = cast
    post = factories.post(miura, channel)
    closed = factories.post(miura, factories.channel("shikoku", miura, kind="private"))
    visitor = signed_in(person("ito"))
    assert visitor.post(f"/posts/{post.pk}/unread/", **JSON).status_code == 403
    assert visitor.post(f"/posts/{closed.pk}/unread/", **JSON).status_code == 404


@pytest.mark.parametrize("address", ["/inbox/", "/bookmarks/"])
def test_pages_are_for_members(address):
    assert_asks_to_sign_in(address)
    assert_only("get", address, person("tanaka"))


@pytest.mark.parametrize(
    "address", ["/inbox/read/", "/inbox/channels/", "/inbox/1/mark/", "/posts/1/unread/"]
)
def test_forms_are_for_members(address):
    assert_asks_to_sign_in(address, "post")
    assert_only("post", address, person("tanaka"))
