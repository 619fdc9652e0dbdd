"""Organisations in a real browser: found by members, kept by the secretariat, for axe and on a phone."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions.organisation_changes import merge, rename
from accounts.models import EmailDomain, Organisation, OrganisationUpload
from channels_app.models import Channel
from tests import factories
from tests.browser.walker import DESKTOP, PHONE, walker
from tests.people import organisation, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = "/secretariat/organisations/"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PICTURES = os.environ.get("ORGANISATION_PICTURES", "")
CSV = "code,name,kana,effective_date\n032018,新盛岡市,しんもりおかし,2026-04-01\n"


@pytest.fixture
def places(transactional_db):
    """A renamed town with members, domains and a plan, its prefecture, and a city elsewhere."""
    town, oonishi = organisation("394017"), person("oonishi")
    organisation("390003"), organisation("032018")
    factories.channel("chiiki-kochi", name="高知県", kind=Channel.Kind.REGIONAL, prefecture_code="39")
    facts = {"organisation": town, "evidence": "代表電話で確かめました"}
    soon = timezone.localdate() + timedelta(days=90)
    EmailDomain.objects.create(domain="nakatosa.example.jp", kind="exception", expires_on=soon, **facts)
    EmailDomain.objects.create(domain="town.nakatosa.kochi.jp", kind="bound", **facts)
    rename(
        oonishi, town, name="四万十川町", kana="しまんとがわちょう", effective_on=soon - timedelta(days=120)
    )
    merge(oonishi, town, successor=organisation("390003"), effective_on=soon, evidence="官報第123号")
    return oonishi


@pytest.fixture
def site(places, start_site):
    """A site that has these organisations from its start."""
    return start_site(REQUIRE_SECOND_FACTOR="0")


def complaints(visitor, name):
    """What axe finds, what the browser complained of, and whether the page is wider than its window."""
    page = visitor.page
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}-{page.viewport_size['width']}.png", full_page=True)
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    told = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
    return told + ["wide"] * wide + visitor.complaints


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_members_find_and_read_an_organisation(chromium, site, size):
    visitor = walker(chromium, site.origin, size)
    visitor.sign_in(person("tanaka"))
    visitor.open("/members/")
    visitor.page.click("main >> text=団体をさがす")
    assert complaints(visitor, "list") == []
    visitor.page.fill("main [name=q]", "中土佐")
    visitor.page.press("main [name=q]", "Enter")
    visitor.page.click("tbody >> text=高知県 四万十川町")
    expect(visitor.page.locator("h1")).to_have_text("高知県 四万十川町")
    expect(visitor.page.locator(".ky-life__what")).to_have_text("「中土佐町」を「四万十川町」に名称変更")
    expect(visitor.page.locator("main >> text=田中 里奈")).to_be_visible()
    assert complaints(visitor, "show") == []
    visitor.page.click("main >> text=#高知県")
    visitor.page.wait_for_url("**/channels/chiiki-kochi/")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_the_secretariat_keeps_organisations(chromium, site, places, size):
    desk = walker(chromium, site.origin, size)
    desk.sign_in(places)
    desk.open(DESK)
    assert complaints(desk, "desk-list") == []
    desk.page.click("main >> text=高知県 四万十川町")
    assert complaints(desk, "desk-show") == []
    desk.page.click("text=廃止する")
    desk.page.click("text=廃止を登録する")
    expect(desk.page.locator("details[open] .ky-field__error")).to_have_count(3)
    assert complaints(desk, "desk-show-error") == []
    desk.page.click("text=の予定を取り消す")
    expect(desk.page.locator("main [role=status]")).to_contain_text("取り消しました")
    desk.open("/organisations/394017/")
    assert complaints(desk, "show-desk") == []
    desk.open(f"{DESK}new/")
    desk.page.click("text=登録する >> nth=-1")
    assert complaints(desk, "desk-new") == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_file_is_shown_before_it_is_carried_out(chromium, site, places, size):
    desk = walker(chromium, site.origin, size)
    desk.sign_in(places)
    desk.open(f"{DESK}uploads/")
    assert complaints(desk, "desk-uploads") == []
    choose(desk.page, CSV.replace("032018", "032019"))
    expect(desk.page.locator("[role=alert]")).to_contain_text("2行目")
    assert complaints(desk, "desk-uploads-error") == []
    choose(desk.page, CSV)
    expect(desk.page.locator("tbody")).to_contain_text("「盛岡市」を「新盛岡市」に名称変更")
    assert complaints(desk, "desk-upload") == []
    assert Organisation.objects.get(slug="032018").name == "盛岡市"
    desk.page.click("text=この内容で反映する")
    expect(desk.page.locator("main [role=status]")).to_contain_text("1件を反映しました")
    assert Organisation.objects.get(slug="032018").name == "新盛岡市"
    assert OrganisationUpload.objects.get().applied_at is not None


def choose(page, text):
    """Pick the file and send it."""
    page.set_input_files(
        "[name=file]", {"name": "u.csv", "mimeType": "text/csv", "buffer": text.encode("cp932")}
    )
    page.click("text=読み込んで確かめる")
