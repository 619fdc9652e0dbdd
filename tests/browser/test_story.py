"""The whole story of the site, in real browsers: from an address at a town hall to a stamp from afar."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Member
from channels_app.models import Membership, Post
from tests import factories
from tests.browser.walker import walker
from tests.people import organisation, person
from tests.post_office import post_office
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESS = "sato-k@town.nakatosa.lg.jp"
PASSWORD = "shimanto no nagare 26"


def apply(visitor, office) -> None:
    """Address, code, details, code of conduct."""
    page = visitor.page
    visitor.open("/accounts/signup/")
    page.fill("[name=email]", ADDRESS)
    page.get_by_role("button", name="6桁の数字を送る").click()
    letter = office.next_letter(ADDRESS).get_content()
    code = re.search(r"^\s*(\d{3} \d{3})\s*$", letter, re.MULTILINE)[1]
    page.fill("[name=code]", code)
    page.get_by_role("button", name="確かめて進む").click()
    expect(page.locator("[name=organisation] option:checked")).to_have_text("中土佐町")
    page.fill("[name=section]", "総務課")
    page.fill("[name=name]", "佐藤 景子")
    page.fill("[name=kana]", "さとう けいこ")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="行動規範へ進む").click()
    page.check("[name=accept]")
    page.get_by_role("button", name="申し込む").click()
    page.wait_for_url("**/accounts/signup/received/")


def approve(desk) -> None:
    """The second browser: an approver looks at the evidence and approves."""
    desk.open("/secretariat/registrations/")
    desk.page.get_by_role("link", name=re.compile("佐藤 景子")).click()
    desk.page.get_by_role("button", name="承認する").click()
    until(lambda: Member.objects.filter(email=ADDRESS).exists(), what="the applicant is a member")


def join(newcomer, channel) -> Member:
    """Log in for the first time and enter a channel."""
    newcomer.sign_in_as(ADDRESS, PASSWORD)
    newcomer.open(f"/channels/{channel.slug}/")
    newcomer.page.get_by_role("button", name="参加する").first.click()
    sato = Member.objects.get(email=ADDRESS)
    stays = Membership.objects.current().filter(member=sato, channel=channel)
    until(stays.exists, what="the newcomer has joined")
    return sato


def stamp_and_reply(newcomer, reader) -> None:
    """The post appears at the reader's without a reload; stamp and reply appear at the writer's."""
    arrived = reader.posts().filter(has_text="はじめまして。")
    expect(arrived).to_have_count(1)
    expect(arrived).to_contain_text("佐藤 景子")
    expect(arrived).to_contain_text("（高知県 中土佐町・総務課）")
    own = newcomer.posts().filter(has_text="はじめまして。")
    expect(own).to_have_count(1)
    arrived.get_by_role("link", name="スタンプを押す").click()
    reader.page.get_by_role("button", name=re.compile("はじめまして")).last.click()
    expect(own.get_by_role("button", name=re.compile("^はじめまして 1人"))).to_be_visible()
    expect(arrived.get_by_role("button", name=re.compile("あなたも押しています"))).to_be_visible()
    arrived.hover()
    arrived.locator("a[data-thread]").first.click()
    reader.say("ようこそ。うちも2人でやっています。", "#thread form")
    expect(own).to_contain_text("返信1件")


def suspend(chief, member) -> None:
    """The secretariat ends the member's use of the site."""
    chief.open(f"/members/{member.pk}/")
    chief.page.get_by_text("利用を止める").first.click()
    chief.page.fill("[name=reason]", "本人からの申し出")
    chief.page.get_by_role("button", name=re.compile("利用を止める")).last.click()
    until(lambda: not Member.objects.get(pk=member.pk).is_active, what="the member is suspended")


def test_from_application_to_stamp_and_cut(start_site, chromium):
    organisation("394017"), organisation("390003")
    hasegawa, oonishi, miura = person("hasegawa"), person("oonishi"), person("miura")
    madoguchi = factories.channel("madoguchi-dx", miura, by_default=True)
    zatsudan = factories.channel("zatsudan", miura, name="雑談", kind="casual")
    with post_office() as office:
        site = start_site(EMAIL_URL=office.url)
        site.start_jobs()
        newcomer, desk, reader, chief = (walker(chromium, site.origin) for _ in range(4))
        apply(newcomer, office)
        desk.sign_in(hasegawa)
        approve(desk)
        until(lambda: len(office.letters_to(ADDRESS)) >= 3, what="code, receipt and approval have come")
        sato = join(newcomer, zatsudan)

        reader.sign_in(miura)
        reader.read_channel("madoguchi-dx")
        newcomer.read_channel("madoguchi-dx")
        newcomer.say("はじめまして。**窓口**の担当です。")
        stamp_and_reply(newcomer, reader)

        newcomer.read_channel("zatsudan")
        reader.say("窓口の書類を見直しました。")
        row = newcomer.page.locator(f".ky-list__item[data-stream=c{madoguchi.pk}]")
        expect(row).to_have_attribute("data-unread", "1")

        chief.sign_in(oonishi)
        suspend(chief, sato)
        newcomer.page.wait_for_selector("[data-live-state=off]")
        reader.say("このあとは届きません。")
        until(Post.objects.filter(text="このあとは届きません。").exists, what="the post is stored")
        expect(row).to_have_attribute("data-unread", "1")
        newcomer.open("/channels/madoguchi-dx/")
        expect(newcomer.page).to_have_url(re.compile("/accounts/login/"))
        assert [w.complaints for w in (newcomer, desk, reader, chief)] == [[], [], [], []]
