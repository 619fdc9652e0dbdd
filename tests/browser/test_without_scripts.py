"""Reading, posting, replying, stamping, editing and leaving in a browser that runs no script."""

import pytest
from playwright.sync_api import expect

from accounts.models import Member
from channels_app.models import Post, Reaction
from tests import documents, factories
from tests.people import PASSWORD, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium, live_site):
    """A page of tanaka, logged in by the form, in a browser without JavaScript."""
    tanaka = person("tanaka")
    context = chromium.new_context(
        base_url=live_site.origin, java_script_enabled=False, locale="ja-JP", timezone_id="Asia/Tokyo"
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", tanaka.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="ログイン").click()
    page.wait_for_url("**/home/")
    yield page
    context.close()


def write(page, composer: str, text: str) -> None:
    page.fill(f"{composer} [name=text]", text)
    page.locator(composer).get_by_role("button", name="送信").click()


def test_a_member_takes_part_without_scripts(page):
    miura = person("miura")
    question = factories.post(miura, factories.channel("madoguchi-dx", miura), "待ち時間はどう測りますか")

    page.goto("/channels/madoguchi-dx/")
    page.get_by_role("button", name="参加する").click()
    write(page, "#composer", "測り方を**3つ**試しました")
    expect(page.locator("#timeline article").last.locator("strong")).to_have_text("3つ")

    page.locator(f"#post-{question.pk}").get_by_label("返信する").click()
    write(page, "#reply-composer", "ストップウォッチと紙です")
    expect(page.locator("#thread-posts article")).to_have_count(1)
    expect(page.locator(f"#post-{question.pk} .ky-replies")).to_contain_text("返信1件")

    page.locator(f"#post-{question.pk}").get_by_label("スタンプを押す").click()
    page.get_by_role("button", name="同じ悩み").click()
    page.goto("/channels/madoguchi-dx/")
    expect(page.locator(f"#post-{question.pk} [data-stamp=onaji]")).to_have_text("同じ悩み 1団体5万人未満 1")
    page.locator(f"#post-{question.pk} [data-stamp=onaji]").click()
    expect(page.locator(f"#post-{question.pk} [data-stamp=onaji]")).to_have_count(0)
    assert page.url.endswith(f"/channels/madoguchi-dx/#post-{question.pk}")
    assert Reaction.objects.count() == 0


def test_a_member_changes_their_mind_without_scripts(page):
    tanaka = Member.objects.get()
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka), "早まりました")
    page.goto("/channels/madoguchi-dx/")
    page.locator(f"#post-{post.pk}").get_by_label("その他の操作").click()
    page.get_by_role("link", name="編集する").click()
    page.fill("[name=text]", "落ち着いて書き直しました")
    page.get_by_role("button", name="直した内容で載せる").click()
    expect(page.locator(f"#post-{post.pk}")).to_contain_text("編集済み")
    page.locator(f"#post-{post.pk}").get_by_label("その他の操作").click()
    page.get_by_role("link", name="取り消す").click()
    page.get_by_role("button", name="取り消す").click()
    expect(page.locator(f"#post-{post.pk}")).to_contain_text("この投稿は、投稿した人が取り消しました")


def test_what_is_new_is_marked_and_read_without_scripts(page):
    tanaka, miura = Member.objects.get(), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    factories.post(miura, channel)
    page.goto("/home/")
    page.locator("#channels").get_by_role("link", name="窓口DX").click()
    expect(page.locator("#unread")).to_be_in_viewport()
    expect(page.locator("#channels [aria-current=page] [data-count]")).to_have_text("1")
    page.get_by_role("button", name="ここまで読んだことにする").click()
    expect(page.locator("#unread")).to_have_count(0)
    expect(page.locator("#channels [aria-current=page] [data-count]")).to_be_hidden()


def test_a_refused_text_stays_in_the_field(page):
    factories.channel("madoguchi-dx", Member.objects.get())
    page.goto("/channels/madoguchi-dx/")
    write(page, "#composer", "あ" * 10_001)
    expect(page.locator("#compose_text_error")).to_contain_text("10,000文字まで")
    expect(page.locator("#composer [name=text]")).to_have_value("あ" * 10_001)
    assert Post.objects.count() == 0


def test_a_text_is_not_lost_when_the_code_of_conduct_changed_meanwhile(page):
    tanaka = Member.objects.get()
    channel = factories.channel("madoguchi-dx", tanaka)
    page.goto("/channels/madoguchi-dx/")
    Member.objects.filter(pk=tanaka.pk).update(conduct_version="2019-04")
    write(page, "#composer", "長く考えて\n書いた文です")
    expect(page.get_by_role("heading", name="行動規範が新しくなりました")).to_be_visible()
    expect(page.locator("main")).to_contain_text("送った文は、まだ届いていません")
    expect(page.locator("main")).to_contain_text("書いた文です")
    page.get_by_role("button", name="同意して続ける").click()
    expect(page.get_by_role("alert")).to_contain_text("行動規範への同意が必要です")
    assert Post.objects.count() == 0
    page.get_by_label("行動規範を守ります").check()
    page.get_by_role("button", name="同意して続ける").click()
    expect(page.locator("#timeline article")).to_have_count(1)
    expect(page.locator("#timeline article")).to_contain_text("書いた文です")
    assert Post.objects.get(channel=channel).text == "長く考えて\n書いた文です"
    page.reload()
    expect(page.locator("#timeline article")).to_have_count(1)


def test_files_go_with_a_text_and_stay_when_it_is_refused(page):
    factories.channel("madoguchi-dx", Member.objects.get())
    report = {"name": "会議資料.pdf", "mimeType": "application/pdf", "buffer": documents.pdf()}
    drawing = {"name": "図.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    page.goto("/channels/madoguchi-dx/")
    page.locator("#composer [name=text]").focus()
    page.set_input_files("#composer [name=upload]", [report, drawing])
    write(page, "#composer", "資料です。")
    expect(page.locator("#composer .ky-field__error")).to_contain_text("「図.svg」：HTMLやSVGは")
    expect(page.get_by_label("会議資料.pdf（PDF、1KB）")).to_be_checked()
    expect(page.locator("#composer [name=text]")).to_have_value("資料です。")
    write(page, "#composer", "資料です。")
    page.wait_for_url("**/channels/madoguchi-dx/#post-*")
    expect(page.locator("#timeline").get_by_role("link", name="会議資料.pdf（PDF、1KB）")).to_be_visible()
    assert Post.objects.get().text == "資料です。"
