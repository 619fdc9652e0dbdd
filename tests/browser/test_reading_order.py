"""What a screen reader reads on the pages of everyday, word for word and in order."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from channels_app.models import Notification
from tests import factories
from tests.browser.screen_reader import headings, landmarks, reading
from tests.browser.walker import walker
from tests.people import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(live_site, chromium):
    """Tanaka at a desk; a question in 窓口DX with a reply by Miura."""
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura, purpose="窓口の改善を話します。")
    root = factories.post(miura, channel, "何を使っていますか？", title="予約システム")
    factories.post(tanaka, channel, "自前の表です。", root=root)
    factories.react(tanaka, root)
    Notification.objects.create(member=tanaka, kind="mention", post=root, actor=miura)
    one = walker(chromium, live_site.origin)
    one.sign_in(tanaka)
    one.root = root
    yield one
    one.context.close()
    assert one.complaints == []


POST = "三浦 健太 （岩手県 盛岡市・情報企画課） 市区町村"
REPLY = "田中 里奈 （高知県 中土佐町・総務課） 市区町村"
SIDE = """link チャンネル一覧へ
link 投稿へ
link 入力欄へ
navigation チャンネル一覧
link 共創
link 移動 Ctrl K
search 投稿をさがす
text さがす
searchbox さがす
button さがす
link ホーム
link お知らせ 未読 1 件
link チャンネル
link 会員
link あとで
link 下書き
heading 2 参加チャンネル（テーマ）
link 窓口DX 未読 1 件
link チャンネルをさがす
link ダイレクトを始める
link チャンネルの並べ方
DisclosureTriangle 田中 里奈 高知県 中土佐町・総務課
status
link 即時"""
CHANNEL = f"""heading 1 窓口DX
text 2人・2団体 ・ 窓口の改善を話します。
navigation このチャンネルのページ
link 質問
link 参加者
DisclosureTriangle チャンネルの操作
region 窓口DXの投稿
heading 2 ここから新着
heading 2 ○月○日
heading 3 {POST} 0:00
text 回答あり
text 予約システム
text 何を使っていますか？
button 同じ悩み 1団体（5万人未満 1）、あなたも押しています（押した状態）
link スタンプを押す
link 返信1件 最終 ○月○日 0:00
link その他の操作
text 窓口DX に投稿
text 個人の見解として載ります
text Enterで改行、Ctrl＋Enterで送信
textbox 窓口DX に投稿"""
COMPOSER = """text 「みう」に合う人と団体
listbox 「みう」に合う人と団体
option 三浦 健太 岩手県 盛岡市・情報企画課
text 窓口DX に投稿
text 個人の見解として載ります
text Enterで改行、Ctrl＋Enterで送信
textbox 窓口DX に投稿
toolbar 書式
button 太字
button 斜体
button 引用
button 箇条書き
button 番号
button コード
button リンク
button 表
checkbox 質問として投稿
text ファイルを添付
button ファイルを添付
button プレビュー
DisclosureTriangle 日時を指定
button 送信"""
THREAD = f"""complementary スレッド
heading 2 スレッド
text 窓口DX ・ 2人が参加
button 通知を止める
link スレッドを閉じる
region スレッドの投稿
heading 3 {POST} ○月○日 0:00
text 回答あり
text 予約システム
text 何を使っていますか？
button 同じ悩み 1団体（5万人未満 1）、あなたも押しています（押した状態）
link スタンプを押す
link その他の操作
text 返信1件
heading 3 {REPLY} ○月○日 0:00
text 自前の表です。
link スタンプを押す
link その他の操作
text スレッドに返信
text Enterで改行、Ctrl＋Enterで送信
textbox スレッドに返信"""
INBOX = """region お知らせ
heading 1 お知らせ
text 未読1件
button すべて既読にする
navigation お知らせの種類
link すべて
link 呼びかけ 1 件未読
link 返信
link スタンプ
link 未読 1 件未読
heading 2 今日 ○月○日
link 三浦 健太（岩手県 盛岡市・情報企画課）さんがあなたを呼んでいます
text #窓口DX
text 何を使っていますか？
text 未読
text 0:00
button 既読にする ：三浦 健太さん 0:00
region チャンネルの未読
heading 2 チャンネルの未読
text チャンネルに参加していると、読んでいない投稿の数が一覧に出ます。\
読まなくてよいときは、まとめて既読にできます。
button すべてのチャンネルを既読にする"""
PICKER = """dialog スタンプを選ぶ
search スタンプをさがす
text スタンプをさがす
searchbox スタンプをさがす
heading 2 最近使ったもの
button 同じ悩み、あなたも押しています（押した状態）
heading 2 気持ちより先に、事実を伝える5つ
button 同じ悩み うちも困っている（押した状態）
button うちもやってる すでに取り組んでいる
button 助かった 読んで役に立った
button 違うかも ほかの見方を伝える
button ありがとう お礼を伝える"""


def awake(desk, path: str):
    """Open a page whose scripts run and which hears."""
    desk.open(path)
    desk.page.wait_for_selector("[data-announcer]", state="attached")
    expect(desk.page.locator("[data-live-state]")).to_have_text("即時")
    return desk.page


def test_the_channel_page_from_its_first_link_to_the_composer(desk):
    page = awake(desk, "/channels/madoguchi-dx/")
    lines = reading(page)
    side = SIDE.splitlines()
    assert lines[: len(side)] == side
    assert reading(page, "main") == CHANNEL.splitlines()
    assert lines[len(side) : -1] == CHANNEL.splitlines()
    assert lines[-1] == "status"  # the one voice of the page, which says nothing now


def test_the_composer_with_the_list_after_an_at(desk):
    page = awake(desk, "/channels/madoguchi-dx/")
    field = page.get_by_role("textbox", name="窓口DX に投稿")
    field.press_sequentially("@みう")
    expect(page.get_by_role("option")).to_have_count(1)
    assert reading(page, "#composer") == COMPOSER.splitlines()
    active = field.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("role") == "option"


def test_the_picker(desk):
    page = awake(desk, "/channels/madoguchi-dx/")
    page.locator(f"#post-{desk.root.pk} [data-picker]").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="スタンプをさがす")).to_be_focused()
    lines = reading(page, ".ky-picker")
    assert lines[: len(PICKER.splitlines())] == PICKER.splitlines()
    assert lines[-2:] == ["text かなや漢字でさがせます", "link スタンプを押した人"]
    assert [line for line in lines if line == "button"] == []


def test_the_thread_beside_its_channel(desk):
    page = awake(desk, f"/posts/{desk.root.pk}/thread/")
    assert reading(page, "#thread") == THREAD.splitlines()


def test_the_inbox(desk):
    assert reading(awake(desk, "/inbox/"), "main") == INBOX.splitlines()


PATHS = [
    *("/home/", "/inbox/", "/bookmarks/", "/drafts/", "/channels/", "/members/", "/search/?q=予約"),
    *("/channels/madoguchi-dx/", "/channels/madoguchi-dx/questions/", "/channels/madoguchi-dx/members/"),
    *("/channels/madoguchi-dx/settings/", "/channels/proposals/", "/channels/arrangement/", "/directs/"),
    *("/posts/{root}/thread/", "/posts/{root}/reactions/", "/posts/{root}/menu/"),
]


def test_headings_are_a_ladder_landmarks_have_names_and_one_voice_speaks(desk):
    found = {}
    for path in PATHS:
        page = awake(desk, path.format(root=desk.root.pk))
        levels = [level for level, _ in headings(page, "main")]
        steps = [after - before for before, after in pairwise(levels)]
        nameless = [line for line in landmarks(page) if " " not in line] + [
            h for h in headings(page) if not h[1]
        ]
        voices = page.locator("[role=status]:not([hidden], [data-live-state], .ky-banner)").count()
        wrong = [levels[:1] != [1], levels.count(1) != 1, max(steps, default=1) > 1, nameless, voices != 1]
        if any(wrong):
            found[path] = (levels, nameless, voices)
    assert found == {}
