"""Channels in the browser: finding, joining, ordering, muting, pinning, by mouse, keyboard and phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from channels_app.actions import activity, channel_changes, groups, practice, stewards
from channels_app.models import Channel, Membership, Post, Proposal
from tests import factories
from tests.browser.walker import PHONE, walker
from tests.people import person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage(live_site, chromium):
    """Two walkers: tanaka, a member, and oonishi of the secretariat; complaints are looked at in the end."""
    tanaka, oonishi = person("tanaka"), person("oonishi")
    factories.channel("madoguchi-dx", tanaka, oonishi, purpose="書かない窓口の話")
    factories.channel("zeimu", oonishi, name="税務", category="分野別", purpose="課税と収納の話")
    factories.channel("renshuu", tanaka, name="書き込み練習", kind="practice", purpose="練習の場")
    factories.channel("chiiki-kochi", name="高知県", kind="regional", prefecture_code="39", category="地域")
    walkers = [walker(chromium, live_site.origin) for _ in range(2)]
    for one, member in zip(walkers, (tanaka, oonishi), strict=True):
        one.member = member
        one.sign_in(member)
    yield walkers
    complaints = [complaint for one in walkers for complaint in one.complaints]
    for one in walkers:
        one.context.close()
    assert complaints == []


def sidebar(one) -> list[str]:
    """Headings and channel names of the list, from the top."""
    rows = one.page.locator(".ky-side .ky-list__head, .ky-side .ky-list__item[data-stream] .ky-list__name")
    return rows.all_inner_texts()


def assert_accessible(page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def test_find_join_favourite_and_the_list_follows_everywhere(stage):
    one = stage[0]
    second = one.context.new_page()
    second.goto(one.origin + "/channels/madoguchi-dx/")
    second.wait_for_selector("[data-live-state=instant], [data-live-state=near]")
    one.open("/channels/")
    assert one.page.locator("tr.ky-dir__group h2").first.inner_text() == "あなたの地域・区分 1"
    one.page.fill("main [name=q]", "ゼイム")
    one.page.fill("main [name=q]", "収納")
    one.page.press("main [name=q]", "Enter")
    expect(one.page.locator("tbody tr[id]")).to_have_count(1)
    one.page.click("tbody button:has-text('参加する')")
    expect(one.page.locator("tbody tr[id] .ky-in")).to_have_text("参加中")
    expect(second.locator(".ky-side").get_by_text("税務")).to_be_visible()
    one.page.get_by_label("お気に入り：税務").click()
    expect(one.page.get_by_label("お気に入り：税務")).to_have_attribute("aria-pressed", "true")
    assert sidebar(one)[:2] == ["お気に入り", "税務"]
    expect(second.locator(".ky-side .ky-list__head").first).to_have_text("お気に入り")


def test_mute_by_keyboard_keeps_the_number_away_also_live(stage):
    one, desk = stage
    one.read_channel("renshuu")
    one.open("/channels/madoguchi-dx/")
    one.page.focus(".ky-head .ky-more > summary")
    one.page.keyboard.press("Enter")
    one.page.locator(".ky-menu__item", has_text="ミュートする").focus()
    one.page.keyboard.press("Enter")
    row = one.page.locator('.ky-side .ky-list__item[href="/channels/madoguchi-dx/"]')
    expect(row).to_contain_text("ミュート中")
    one.read_channel("renshuu")
    factories.post(desk.member, Channel.objects.get(slug="madoguchi-dx"), "ミュートした人には静かに")
    until(lambda: row.get_attribute("data-posts") == "1", what="the number of the muted channel")
    assert one.page.title().startswith("#書き込み練習")
    assert row.locator(".ky-count").count() == 0


def test_own_headings_without_a_script(live_site, chromium):
    tanaka = person("tanaka")
    factories.channel("zeimu", tanaka, name="税務")
    context = chromium.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(live_site.origin + "/accounts/login/")
    page.fill("[name=login]", tanaka.email)
    page.fill("[name=password]", "yamagoe-no-michi-3")
    page.click("main button[type=submit]")
    page.goto(live_site.origin + "/channels/arrangement/")
    page.fill("[name=name]", "今週の担当")
    page.click("text=見出しを作る")
    page.select_option("select[name=section]", label="今週の担当")
    page.click("text=移す")
    heads = page.locator(".ky-side .ky-list__head").all_inner_texts()
    assert heads == ["今週の担当"]
    context.close()


def test_pin_from_the_menu_is_seen_by_the_other_at_once(stage):
    one, desk = stage
    channel = Channel.objects.get(slug="madoguchi-dx")
    post = factories.post(one.member, channel, "手順のまとめ")
    stewards.appoint(
        desk.member, Membership.objects.select_related("channel").get(member=one.member, channel=channel)
    )
    for each in stage:
        each.read_channel("madoguchi-dx")
    one.page.hover(f"#post-{post.pk}")
    one.page.click(f"#post-{post.pk} [data-menu]")
    one.page.click("text=ピン留めする")
    for each in stage:
        expect(each.page.locator(f"#post-{post.pk}")).to_contain_text("ピン留めされた投稿")
    desk.open("/channels/madoguchi-dx/pins/")
    expect(desk.page.locator("h1")).to_have_text("ピン留め 1件")


def test_practice_posts_vanish_from_an_open_page(stage):
    one = stage[0]
    channel = Channel.objects.get(slug="renshuu")
    post = factories.post(one.member, channel, "練習です")
    Post.objects.filter(pk=post.pk).update(posted_at="2026-01-01T00:00:00Z")
    one.read_channel("renshuu")
    expect(one.posts()).to_have_count(1)
    practice.clear_practice()
    expect(one.posts()).to_have_count(0)


def test_a_renamed_address_and_a_merger_lead_on(stage):
    one, desk = stage
    desk.open("/secretariat/channels/zeimu/")
    desk.page.click("text=アドレスを変える")
    desk.page.fill("#address_slug", "zei")
    desk.page.click("button:has-text('アドレスを変える')")
    desk.page.wait_for_url("**/secretariat/channels/zei/")
    one.open("/channels/zeimu/?x=1")
    assert one.page.url.endswith("/channels/zei/?x=1")
    into = Channel.objects.get(slug="madoguchi-dx")
    channel_changes.merge_channels(desk.member, Channel.objects.get(slug="zei"), into)
    one.open("/channels/zeimu/")
    assert one.page.url.endswith("/channels/madoguchi-dx/")
    one.open("/channels/zei-hokan/")
    expect(one.page.locator(".ky-channel-note")).to_contain_text("「窓口DX」に統合されました")


def test_a_proposal_from_wish_to_channel(stage):
    one, desk = stage
    one.open("/channels/proposals/new/")
    for name, text in (("name", "税務の悩み"), ("purpose", "目的です。"), ("reason", "理由です。")):
        one.page.fill(f"[name={name}]", text)
    one.page.click("main button[type=submit]")
    expect(one.page.locator(".ky-banner")).to_contain_text("似た名前のチャンネルがあります")
    one.page.click("text=それでも提案する")
    expect(one.page.locator(".ky-proposal__count")).to_contain_text("1団体・1人")
    desk.open(f"/secretariat/proposals/{Proposal.objects.get().pk}/")
    desk.page.click("summary:has-text('チャンネルを作る')")
    desk.page.fill("#grant_slug", "zeimu-nayami")
    desk.page.click("text=作って知らせる")
    desk.page.wait_for_url("**/channels/zeimu-nayami/")
    expect(one.page.locator(".ky-side").get_by_text("税務の悩み")).to_be_visible()


def test_a_direct_talk_from_the_profile(stage):
    one, desk = stage
    one.open(f"/members/{desk.member.pk}/")
    one.page.click("text=メッセージを送る")
    expect(one.page.locator(".ky-channel-note")).to_contain_text("チャンネルで聞くと")
    one.page.click("button:has-text('とのメッセージを開く')")
    expect(one.page.locator(".ky-head__name")).to_have_text("大西 舞")
    one.say("ご相談があります")
    expect(desk.page.locator(".ky-side").get_by_text("田中 里奈")).to_be_visible()


PAGES = [
    *(
        "/channels/",
        "/channels/?q=nai",
        "/channels/arrangement/",
        "/channels/proposals/",
        "/channels/proposals/new/",
    ),
    *("/channels/groups/new/", "/channels/madoguchi-dx/guide/edit/", "/channels/madoguchi-dx/members/"),
    *("/channels/madoguchi-dx/settings/", "/channels/madoguchi-dx/pins/", "/directs/?q=田中"),
    *("/secretariat/channels/", "/secretariat/channels/new/", "/secretariat/channels/madoguchi-dx/"),
    "/secretariat/proposals/",
]


def test_every_page_is_accessible_and_fits_a_phone(stage, live_site, chromium):
    desk = stage[1]
    factories.post(stage[0].member, Channel.objects.get(slug="madoguchi-dx"))
    activity.count_weeks()
    groups.found_group(desk.member, name="四国の会", purpose="準備", listed=True)
    phone = walker(chromium, live_site.origin, PHONE)
    phone.sign_in(desk.member)
    for page in PAGES:
        desk.open(page)
        assert_accessible(desk.page)
        phone.open(page)
        wide = phone.page.evaluate("document.documentElement.scrollWidth")
        assert (page, wide) == (page, 390)
    phone.open("/channels/madoguchi-dx/")
    assert phone.page.locator(".ky-head").bounding_box()["height"] < 64
    desk.open("/channels/madoguchi-dx/")
    desk.page.click(".ky-head .ky-more > summary")
    assert_accessible(desk.page)
    phone.context.close()
