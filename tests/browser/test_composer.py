"""The composer at work: toolbar, preview, the list after @, drafts, a moment; with an input method."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Member
from channels_app.models import Draft, Mention, Post, ScheduledPost
from tests import factories
from tests.browser.walker import PHONE, walker
from tests.people import PASSWORD, person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIELD = "#composer textarea"
ROWS = "#composer [data-mentions-list] [role=option]"


@pytest.fixture
def cast():
    """Tanaka and Miura in 窓口DX, Yamamoto outside; one post of Miura."""
    tanaka, miura, _ = (person(key) for key in ("tanaka", "miura", "yamamoto"))
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    return tanaka, miura, factories.post(miura, channel)


@pytest.fixture
def one(cast, live_site, chromium):
    """Tanaka at a desk, reading 窓口DX; no complaint at the end."""
    made = walker(chromium, live_site.origin)
    made.sign_in(cast[0])
    made.read_channel("madoguchi-dx")
    yield made
    made.context.close()
    assert made.complaints == []


class Ime:
    """An input method on a page: what it composes, and keys while it does (code 229)."""

    def __init__(self, one):
        self.session = one.context.new_cdp_session(one.page)

    def compose(self, text: str) -> None:
        """Show a text that is not settled."""
        self.session.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )

    def press(self, key: str) -> None:
        """A key that belongs to the input method."""
        code = {"key": key, "code": key}
        self.session.send(
            "Input.dispatchKeyEvent", {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, **code}
        )
        self.session.send("Input.dispatchKeyEvent", {"type": "keyUp", "windowsVirtualKeyCode": 229, **code})

    def settle(self, text: str) -> None:
        """End the composition with a text."""
        self.session.send("Input.insertText", {"text": text})


def text_of(one) -> str:
    """What stands in the field."""
    return one.page.input_value(FIELD)


def select(one, start: int, end: int) -> None:
    """Select a part of the text."""
    one.page.focus(FIELD)
    one.page.eval_on_selector(FIELD, "(field, [from, to]) => field.setSelectionRange(from, to)", [start, end])


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("太字", "窓口です", "**窓口**です"),
        ("斜体", "窓口です", "*窓口*です"),
        ("コード", "窓口です", "`窓口`です"),
        ("引用", "窓口です", "> 窓口です"),
        ("箇条書き", "窓口です", "- 窓口です"),
        ("番号", "窓口です", "1. 窓口です"),
        ("リンク", "窓口です", "[窓口](https://)です"),
    ],
)
def test_the_toolbar_acts_on_the_selection_and_can_be_undone(one, name, before, after):
    one.page.fill(FIELD, before)
    select(one, 0, 2)
    one.page.locator("#composer").get_by_role("button", name=name, exact=True).click()
    assert text_of(one) == after
    expect(one.page.locator(FIELD)).to_be_focused()
    one.page.keyboard.press("Control+z")
    assert text_of(one) == before


def test_a_sign_is_taken_off_again_and_lists_count(one):
    one.page.fill(FIELD, "一\n二")
    select(one, 0, 3)
    numbers = one.page.get_by_role("button", name="番号", exact=True)
    numbers.click()
    assert text_of(one) == "1. 一\n2. 二"
    select(one, 0, 9)
    numbers.click()
    assert text_of(one) == "一\n二"
    select(one, 0, 1)
    bold = one.page.get_by_role("button", name="太字", exact=True)
    bold.click()
    bold.click()
    assert text_of(one) == "一\n二"


def test_the_toolbar_is_one_stop_and_walked_with_arrows(one):
    page = one.page
    page.focus(FIELD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="太字", exact=True)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    table = page.get_by_role("button", name="表", exact=True)
    expect(table).to_be_focused()
    page.keyboard.press("Enter")
    assert text_of(one) == "| 項目 | 内容 |\n| --- | --- |\n|  |  |\n"
    sizes = page.eval_on_selector_all(
        "#composer [data-mark]", "all => all.map((one) => one.offsetHeight >= 44 && one.offsetWidth >= 44)"
    )
    assert sizes == [True] * 8


def test_the_preview_shows_what_the_post_will_be(one):
    page = one.page
    page.fill(FIELD, "**太字** @三浦 健太（岩手県 盛岡市）")
    button = page.get_by_role("button", name="プレビュー")
    button.click()
    part = page.get_by_role("region", name="プレビュー")
    expect(part.locator("strong")).to_have_text("太字")
    expect(part.locator(".ky-mention")).to_have_text("@三浦 健太（岩手県 盛岡市）")
    page.type(FIELD, "。")
    expect(part).to_be_hidden()
    assert Post.objects.count() == 1


def test_the_list_opens_after_japanese_text_and_writes_the_name(one, cast):
    page = one.page
    page.type(FIELD, "お疲れさまです@miu")
    expect(page.locator(ROWS)).to_have_count(1)
    page.keyboard.press("Enter")
    assert text_of(one) == "お疲れさまです@三浦 健太（岩手県 盛岡市）"
    page.type(FIELD, "さん")
    expect(page.locator(ROWS)).to_have_count(0)
    page.keyboard.press("Control+Enter")
    mention = one.posts().last.locator(".ky-mention")
    expect(mention).to_have_text("@三浦 健太（岩手県 盛岡市）")
    until(lambda: Mention.objects.filter(member=cast[1]).count() == 1, what="the mention is stored")


def test_while_composing_no_key_belongs_to_the_list(one):
    page, ime = one.page, Ime(one)
    page.type(FIELD, "はい＠")
    expect(page.locator(ROWS).first).to_be_visible()
    ime.compose("みうら")
    expect(page.locator(ROWS)).to_have_count(1)
    for key in ("ArrowDown", "Tab", "Enter", "Escape"):
        ime.press(key)
        expect(page.locator(ROWS)).to_have_count(1)
    assert text_of(one) == "はい＠みうら"
    ime.settle("三浦")
    expect(page.locator(ROWS)).to_have_count(1)
    page.keyboard.press("Tab")
    assert text_of(one) == "はい@三浦 健太（岩手県 盛岡市）"
    assert Post.objects.count() == 1


def test_arrows_choose_and_escape_closes_without_leaving_the_field(one):
    page = one.page
    page.type(FIELD, "@県")
    rows = page.locator(ROWS)
    expect(rows).not_to_have_count(0)
    expect(rows.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    assert page.get_attribute(FIELD, "aria-activedescendant") == rows.nth(1).get_attribute("id")
    page.keyboard.press("Escape")
    expect(rows).to_have_count(0)
    assert (text_of(one), page.evaluate("document.activeElement.name")) == ("@県", "text")
    page.type(FIELD, "庁")
    expect(rows).to_have_count(0)


def test_a_draft_follows_to_another_terminal_and_ends_with_the_post(one, cast, live_site, chromium):
    one.page.type(FIELD, "書きかけの文")
    until(lambda: Draft.objects.filter(text="書きかけの文").count() == 1, what="the draft is kept")
    other = walker(chromium, live_site.origin)
    other.sign_in(cast[0])
    other.read_channel("madoguchi-dx")
    assert text_of(other) == "書きかけの文"
    other.page.press(FIELD, "Control+Enter")
    expect(other.posts().last).to_contain_text("書きかけの文")
    until(lambda: Draft.objects.count() == 0, what="the draft is gone")
    other.context.close()


def test_composing_is_waited_for_and_leaving_the_page_keeps_the_rest(one):
    ime = Ime(one)
    one.page.focus(FIELD)
    ime.compose("まどぐち")
    ime.settle("窓口")
    one.page.type(FIELD, "の件")
    one.open("/drafts/")
    until(lambda: Draft.objects.filter(text="窓口の件").count() == 1, what="the draft is kept")
    assert not Draft.objects.filter(text__contains="まど").exists()
    one.open("/drafts/")
    one.page.get_by_role("link", name=re.compile("続きを書く")).click()
    assert text_of(one) == "窓口の件"


def test_nothing_typed_is_lost_on_log_out(one):
    one.page.type(FIELD, "ログアウトの直前")
    one.page.locator(".ky-me__menu summary").click()
    one.page.get_by_role("button", name="ログアウト").click()
    one.page.wait_for_url(re.compile(r"/$|/accounts/log"))
    until(lambda: Draft.objects.filter(text="ログアウトの直前").count() == 1, what="the draft is kept")


def test_a_reply_has_a_draft_of_its_own(one, cast):
    root = cast[2]
    one.open(f"/posts/{root.pk}/thread/")
    one.page.type("#reply-composer textarea", "返信の途中")
    until(lambda: Draft.objects.filter(root=root, text="返信の途中").count() == 1, what="the draft is kept")
    one.open(f"/posts/{root.pk}/thread/")
    assert (one.page.input_value("#reply-composer textarea"), text_of(one)) == ("返信の途中", "")


def test_a_moment_is_chosen_beside_the_button(one):
    page = one.page
    page.fill(FIELD, "朝のお知らせです")
    page.locator("#composer summary", has_text="日時を指定").click()
    page.get_by_role("button", name=re.compile("明日 8:30")).click()
    expect(page.locator(".ky-banner[data-kind=success]")).to_contain_text("8:30に公開する予約をしました。")
    assert (text_of(one), Post.objects.count()) == ("", 1)
    assert (ScheduledPost.objects.get().text, Draft.objects.count()) == ("朝のお知らせです", 0)
    one.open("/scheduled-posts/")
    page.get_by_role("button", name=re.compile("いま送る")).click()
    expect(one.posts().last).to_contain_text("朝のお知らせです")


def test_the_choice_of_a_moment_closes_like_a_menu(one):
    page = one.page
    page.focus(FIELD)
    sign = page.locator("#composer summary", has_text="日時を指定")
    day = page.locator("#composer-day")
    sign.click()
    day.focus()
    page.keyboard.press("Escape")
    expect(day).to_be_hidden()
    expect(sign).to_be_focused()
    page.keyboard.press("Enter")
    expect(day).to_be_visible()
    page.locator(FIELD).click(position={"x": 5, "y": 5})
    expect(day).to_be_hidden()


def test_a_past_moment_is_refused_beside_the_field_and_the_text_stays(one):
    page = one.page
    page.fill(FIELD, "遅すぎました")
    page.locator("#composer summary", has_text="日時を指定").click()
    page.fill("#composer-day", "2020-01-06")
    page.fill("#composer-time", "09:00")
    page.press("#composer-time", "Enter")
    expect(page.locator("#compose_publish_on_error")).to_contain_text("もう過ぎた日時です。")
    assert (text_of(one), ScheduledPost.objects.count()) == ("遅すぎました", 0)


def test_enter_sends_for_those_who_chose_it_but_not_while_composing(one):
    page, ime = one.page, Ime(one)
    page.evaluate("document.body.dataset.enterSends = ''")
    page.focus(FIELD)
    ime.compose("そうしん")
    ime.press("Enter")
    assert Post.objects.count() == 1
    ime.settle("送信")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("2行目")
    assert text_of(one) == "送信\n2行目"
    page.keyboard.press("Enter")
    expect(one.posts().last.locator(".ky-text")).to_have_text("送信\n2行目")


def test_the_counter_speaks_near_the_end_and_not_while_composing(one):
    page, ime = one.page, Ime(one)
    state = page.locator("#composer [data-state]")
    page.fill(FIELD, "あ" * 9_500)
    expect(state).to_have_text("あと500文字")
    expect(page.locator("[data-announcer]")).to_contain_text("あと500文字。")
    ime.compose("いいい")
    expect(state).to_have_text("あと500文字")
    ime.settle("い")
    expect(state).to_have_text("あと499文字")


def test_a_phone_has_the_list_the_toolbar_and_the_moment(cast, live_site, chromium):
    one = walker(chromium, live_site.origin, PHONE)
    one.sign_in(cast[0])
    one.open("/channels/madoguchi-dx/")
    page = one.page
    page.wait_for_selector("body[data-awake]")
    page.type(FIELD, "ねえ@みうら")
    page.locator(ROWS).first.click()
    assert text_of(one) == "ねえ@三浦 健太（岩手県 盛岡市）"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.get_by_role("button", name="表", exact=True)).to_be_in_viewport()
    page.locator("#composer summary", has_text="日時を指定").click()
    expect(page.get_by_role("button", name=re.compile("次の平日 9:00"))).to_be_in_viewport()
    one.context.close()
    assert one.complaints == []
    assert Member.objects.count() == 3


def test_without_scripts_preview_draft_and_moment_are_forms(cast, live_site, chromium):
    context = chromium.new_context(base_url=live_site.origin, java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", cast[0].email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="ログイン").click()
    page.goto("/channels/madoguchi-dx/")
    page.fill(FIELD, "**太字**の文")
    expect(page.get_by_role("toolbar")).to_have_count(0)
    page.get_by_role("button", name="プレビュー").click()
    expect(page.get_by_role("region", name="プレビュー").locator("strong")).to_have_text("太字")
    assert page.input_value(FIELD) == "**太字**の文"
    page.get_by_role("button", name="下書きに保存").click()
    page.get_by_role("link", name=re.compile("続きを書く")).click()
    assert page.input_value(FIELD) == "**太字**の文"
    page.locator("#composer summary", has_text="日時を指定").click()
    page.get_by_role("button", name=re.compile("次の平日 9:00")).click()
    expect(page.locator(".ky-banner[data-kind=success]")).to_contain_text("9:00に公開する予約をしました。")
    page.goto("/scheduled-posts/")
    page.get_by_role("button", name=re.compile("取りやめる")).click()
    expect(page.get_by_role("heading", name="予約した投稿はありません")).to_be_visible()
    context.close()


def test_a_question_is_continued_with_its_title(one):
    page = one.page
    page.focus(FIELD)
    page.check("#compose_question")
    page.fill("#compose_title", "どこまで進んでいますか")
    page.type(FIELD, "うちは半分です。")
    until(
        lambda: Draft.objects.filter(title="どこまで進んでいますか", text="うちは半分です。").exists(),
        what="kept",
    )
    one.read_channel("madoguchi-dx")
    assert page.input_value("#compose_title") == "どこまで進んでいますか"
    expect(page.locator("#compose_question")).to_be_checked()


def test_the_list_opens_where_a_post_is_edited_too(one, cast):
    page = one.page
    page.fill(FIELD, "あとで呼びかけます。")
    page.press(FIELD, "Control+Enter")
    until(lambda: Post.objects.filter(text="あとで呼びかけます。").exists(), what="it is published")
    posted = Post.objects.get(text="あとで呼びかけます。")
    expect(page.locator(f"#post-{posted.pk} [data-menu]")).to_be_visible()
    page.locator(f"#post-{posted.pk} [data-menu]").click()
    page.get_by_role("menuitem", name="編集する").click()
    field = page.locator("[data-edit-of] textarea")
    field.press_sequentially("@みう")
    expect(page.locator("[data-edit-of] [role=option]")).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("あとで呼びかけます。@三浦 健太（岩手県 盛岡市）")
    page.get_by_role("button", name="直した内容で載せる").click()
    expect(one.posts().last.locator(".ky-mention")).to_have_text("@三浦 健太（岩手県 盛岡市）")
    until(lambda: Mention.objects.filter(member=cast[1]).count() == 1, what="the mention is stored")
