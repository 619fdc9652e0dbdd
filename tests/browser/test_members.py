"""A member's profile in a real browser: written, illustrated, found by others, and closed at the end."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import Ambassador, Member
from tests import factories
from tests.accounts.photographs import with_place
from tests.browser.walker import DESKTOP, PHONE, walker
from tests.people import PASSWORD, person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def site(start_site):
    return start_site(REQUIRE_SECOND_FACTOR="0")


def axe_complaints(page):
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def is_too_wide(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_a_member_presents_themself_and_is_found(chromium, site):
    tanaka, miura = person("tanaka"), person("miura")
    post = factories.post(tanaka, factories.channel("bousai", tanaka, miura))
    me = walker(chromium, site.origin)
    me.sign_in(tanaka)
    me.open("/members/me/")
    me.page.get_by_role("link", name="プロフィールを直す").click()
    me.page.get_by_label("お手伝いできること").fill("外字の突合, ＲＰＡ")
    me.page.get_by_label("自己紹介").fill("窓口に8年いました。")
    me.page.set_input_files("[name=picture]", {"name": "a.png", "mimeType": "image/png", "buffer": b"<svg/>"})
    me.page.get_by_role("button", name="保存する").click()
    expect(me.page.locator("#id_picture_error")).to_contain_text("JPEG、PNG、WebPのどれか")
    expect(me.page.get_by_label("自己紹介")).to_have_value("窓口に8年いました。")
    assert axe_complaints(me.page) == []
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": with_place()}
    me.page.set_input_files("[name=picture]", photo)
    me.page.get_by_role("button", name="保存する").click()
    face = me.page.locator(".ky-who img")
    until(lambda: face.evaluate("image => image.naturalWidth") == 256, what="the picture is shown")
    me.page.get_by_role("link", name="所属を変える").click()
    me.page.get_by_label("部課").fill("税務課")
    me.page.get_by_role("button", name="今日からこの所属にする").click()
    expect(me.page.locator(".ky-life__what").first).to_have_text("税務課")

    other = walker(chromium, site.origin, PHONE)
    other.sign_in(miura)
    other.open("/members/")
    other.page.get_by_label("氏名・団体・部課・お手伝いできること").fill("rpa 税務課")
    other.page.get_by_role("button", name="さがす").click()
    expect(other.page.locator(".ky-dir tbody tr")).to_have_count(1)
    assert (axe_complaints(other.page), is_too_wide(other.page)) == ([], False)
    other.page.get_by_role("link", name="田中 里奈").click()
    expect(other.page.locator(".ky-who__org")).to_have_text("高知県 中土佐町・税務課")
    assert (axe_complaints(other.page), is_too_wide(other.page)) == ([], False)
    other.open("/channels/bousai/")
    image = other.page.locator(f"#post-{post.pk} .ky-avatar img")
    until(lambda: image.count() and image.evaluate("i => i.naturalWidth") == 64, what="the face on the post")
    assert (me.complaints, other.complaints) == ([], [])


def test_the_secretariat_names_commissions_and_promotes(chromium, site):
    tanaka, oonishi = person("tanaka"), person("oonishi")
    desk = walker(chromium, site.origin)
    desk.sign_in(oonishi)
    desk.open(f"/members/{tanaka.pk}/")
    assert axe_complaints(desk.page) == []
    desk.page.fill("[name=name]", "黒田 里奈")
    desk.page.fill("[name=kana]", "くろだ りな")
    desk.page.get_by_role("button", name="氏名を変える").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("黒田 里奈")
    desk.page.select_option("[name=role]", "approver")
    desk.page.get_by_role("button", name="役割を変える").click()
    expect(desk.page.locator("[name=role]")).to_have_value("approver")
    desk.page.get_by_role("link", name="アンバサダーに委嘱する").click()
    desk.page.get_by_label("黒田 里奈").check()
    desk.page.get_by_label("担当地域").select_option("39")
    assert axe_complaints(desk.page) == []
    desk.page.get_by_role("button", name="委嘱する").click()
    expect(desk.page.locator(".ky-tell li")).to_have_count(1)
    assert axe_complaints(desk.page) == []
    desk.page.get_by_role("link", name="任期を終える").click()
    assert axe_complaints(desk.page) == []
    desk.page.get_by_role("button", name="任期を終える").click()
    expect(desk.page.get_by_role("status")).to_contain_text("任期を終えました")
    assert (Member.objects.get(pk=tanaka.pk).role, Ambassador.objects.count()) == ("approver", 1)
    assert desk.complaints == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_member_leaves_for_good(chromium, site, viewport):
    tanaka, miura = person("tanaka"), person("miura")
    factories.post(tanaka, factories.channel("bousai", tanaka, miura))
    me, elsewhere = walker(chromium, site.origin, viewport), walker(chromium, site.origin)
    me.sign_in(tanaka)
    elsewhere.sign_in(tanaka)
    elsewhere.read_channel("bousai")
    me.open("/members/me/edit/")
    me.page.get_by_role("link", name="退会の手続きへ進む").click()
    me.page.locator("[name=password]").fill(PASSWORD)
    me.page.locator("main button[type=submit]").click()
    expect(me.page.get_by_role("heading", level=1)).to_have_text("退会")
    assert (axe_complaints(me.page), is_too_wide(me.page)) == ([], False)
    me.page.get_by_role("button", name="退会する").click()
    expect(me.page.locator("#id_sure_error")).to_be_visible()
    me.page.get_by_label("投稿が氏名と当時の所属つきで残ることを確かめました").check()
    me.page.get_by_role("button", name="退会する").click()
    expect(me.page.get_by_role("heading", level=1)).to_have_text("退会しました")
    assert axe_complaints(me.page) == []
    elsewhere.page.wait_for_selector("[data-live-state=off]")
    elsewhere.open("/home/")
    assert "/accounts/login/" in elsewhere.page.url
    assert me.complaints == []
