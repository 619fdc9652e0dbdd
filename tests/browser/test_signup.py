"""The application in a real browser: by keyboard alone, on a phone, resumed elsewhere, searched for."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.actions.decisions import ask_for_more
from accounts.models import Invitation, Organisation, Registration
from tests.browser.walker import DESKTOP, PHONE, Walker, walker
from tests.people import organisation, person
from tests.post_office import post_office
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESS = "h-sasaki@town.nakatosa.lg.jp"
PASSWORD = "yuyake no hashi 2026"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NAMESAKES = (
    ("130001", "prefecture", "東京都", "とうきょうと"),
    ("132063", "city", "府中市", "ふちゅうし"),
    ("340006", "prefecture", "広島県", "ひろしまけん"),
    ("342084", "city", "府中市", "ふちゅうし"),
)


@pytest.fixture
def places(transactional_db):
    """A town, its prefecture, an agency, and two cities of one name."""
    organisation("394017"), organisation("390003"), organisation("soumu.go.jp")
    for slug, kind, name, kana in NAMESAKES:
        facts = {"code": slug, "kind": kind, "name": name, "kana": kana, "prefecture_code": slug[:2]}
        Organisation.objects.create(slug=slug, **facts)


@pytest.fixture
def office():
    """Where the site's mail arrives."""
    with post_office() as opened:
        yield opened


@pytest.fixture
def site(places, office, start_site):
    """A site that has these organisations from its start."""
    return start_site(EMAIL_URL=office.url)


def complaints(page):
    """What axe finds, and whether the page is wider than its window."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] + ["wide"] * wide


def code_for(office, address=ADDRESS, after=0):
    letter = office.next_letter(address, after=after).get_content()
    return re.search(r"^\s*(\d{3} \d{3})\s*$", letter, re.MULTILINE)[1]


def tab_to(page, target):
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to {target}")


def write(page, name, text):
    tab_to(page, page.locator(f"[name={name}]:visible"))
    page.keyboard.type(text)


def prove(visitor, office, address=ADDRESS, after=0):
    """The first two steps."""
    visitor.open("/accounts/signup/")
    visitor.page.fill("[name=email]", address)
    visitor.page.get_by_role("button", name="6桁の数字を送る").click()
    visitor.page.fill("[name=code]", code_for(office, address, after))
    visitor.page.get_by_role("button", name="確かめて進む").click()


def search(visitor):
    """The field of the organisation, once the search has taken it over."""
    found = visitor.page.get_by_role("combobox", name="団体", exact=False).and_(visitor.page.locator("input"))
    expect(found).to_be_visible()
    return found


def choices(visitor):
    """What the search offers."""
    return visitor.page.locator("#organisation_choices [role=option]")


def chosen(visitor):
    """The offer on which the arrow keys stand."""
    return visitor.page.locator("#organisation_choices [aria-selected=true]")


def sent_choice(visitor):
    return visitor.page.locator("select[name=organisation]").input_value()


def test_by_keyboard_alone(site, office, chromium):
    visitor = walker(chromium, site.origin)
    page, keys = visitor.page, visitor.page.keyboard
    visitor.open("/accounts/signup/")
    write(page, "email", "taro@nanka.example.jp")
    keys.press("Enter")
    expect(page.get_by_text("アドレスだけでは団体を特定できません。")).to_be_visible()
    assert complaints(page) == []
    write(page, "code", code_for(office, "taro@nanka.example.jp"))
    keys.press("Enter")
    search(visitor)
    assert complaints(page) == []
    write(page, "organisation_words", "nakatosa")
    expect(choices(visitor)).to_have_text(["高知県 中土佐町 なかとさちょう"])
    keys.press("ArrowDown")
    expect(chosen(visitor)).to_have_count(1)
    assert complaints(page) == []
    keys.press("Enter")
    expect(choices(visitor).first).to_be_hidden()
    assert (sent_choice(visitor), page.locator("[name=prefecture]").input_value()) == ("394017", "39")
    for name, text in [("section", "住民会計課"), ("name", "佐々木 遥"), ("kana", "ささき はるか")]:
        write(page, name, text)
    write(page, "password", PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/conduct/")
    assert complaints(page) == []
    tab_to(page, page.locator("[name=accept]"))
    keys.press("Space")
    keys.press("Enter")
    page.wait_for_url("**/received/")
    assert complaints(page) == []
    tab_to(page, page.get_by_role("link", name="申し込みの状況を見る"))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="事務局が確かめています")).to_be_visible()
    assert complaints(page) == []
    assert visitor.complaints == []


def test_on_a_phone_resumed_on_a_desk_and_answered(site, office, chromium):
    phone, desk = walker(chromium, site.origin, PHONE), walker(chromium, site.origin, DESKTOP)
    prove(phone, office)
    search(phone)
    assert complaints(phone.page) == []
    assert search(phone).input_value() == "高知県 中土佐町"
    for name, text in [("section", "住民会計課"), ("name", "佐々木 遥"), ("kana", "ささき はるか")]:
        phone.page.fill(f"[name={name}]", text)
    phone.page.fill("[name=password]", PASSWORD)
    phone.page.get_by_role("button", name="行動規範へ進む").last.click()
    phone.page.wait_for_url("**/conduct/")
    assert complaints(phone.page) == []
    Registration.objects.update(code_sent_at=None)
    until_next_code(desk)
    prove(desk, office, after=1)
    desk.page.wait_for_url("**/conduct/")
    desk.page.check("[name=accept]")
    desk.page.get_by_role("button", name="申し込む").click()
    desk.page.wait_for_url("**/received/")

    ask_for_more(person("hasegawa"), Registration.objects.get(), question="代表番号を教えてください。")
    phone.page.reload()
    expect(phone.page.get_by_text("代表番号を教えてください。")).to_be_visible()
    assert complaints(phone.page) == []
    phone.page.get_by_role("button", name="事務局に答える").click()
    expect(phone.page.get_by_role("alert")).to_be_visible()
    assert complaints(phone.page) == []
    phone.page.get_by_label("お答え").fill("0889-52-2211 です。")
    phone.page.get_by_role("button", name="事務局に答える").click()
    expect(phone.page.get_by_text("お答えを事務局に届けました。")).to_be_visible()
    assert Registration.objects.get().answer == "0889-52-2211 です。"
    assert [phone.complaints, desk.complaints] == [[], []]


def until_next_code(visitor):
    """Ask for another code until the ten seconds between two are over."""

    def sent():
        visitor.open("/accounts/signup/")
        visitor.page.fill("[name=email]", ADDRESS)
        visitor.page.get_by_role("button", name="6桁の数字を送る").click()
        return visitor.page.url.endswith("/signup/code/")

    until(sent, what="another code may be sent")


def test_the_search_understands_every_script(site, office, chromium):
    visitor = walker(chromium, site.origin)
    prove(visitor, office, "taro@nanka.example.jp")
    for words in ("中土佐", "なかとさ", "ナカトサ", "ﾅｶﾄｻ", "nakatosacho", "NAKATOSATYO", "高知県中土佐町"):
        search(visitor).fill("さがす")
        expect(choices(visitor)).to_have_count(0)
        assert sent_choice(visitor) == ""
        search(visitor).fill(words)
        expect(choices(visitor)).to_have_text(["高知県 中土佐町 なかとさちょう"])
        visitor.page.locator("[name=section]").click()
        assert sent_choice(visitor) == "394017"


def test_namesakes_show_their_prefecture_and_the_chosen_one_comes_first(site, office, chromium):
    visitor = walker(chromium, site.origin)
    prove(visitor, office, "taro@nanka.example.jp")
    field, options = search(visitor), choices(visitor)
    field.fill("ふちゅう")
    expect(options).to_have_text(["東京都 府中市 ふちゅうし", "広島県 府中市 ふちゅうし"])
    visitor.page.select_option("[name=prefecture]", "34")
    field.fill("ふちゅう")
    expect(options.first).to_have_text("広島県 府中市 ふちゅうし")
    visitor.page.keyboard.press("Escape")
    expect(choices(visitor).first).to_be_hidden()
    visitor.page.get_by_role("button", name="行動規範へ進む").last.click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("団体")
    assert search(visitor).input_value() == "ふちゅう"
    visitor.page.get_by_role("alert").get_by_role("link").first.click()
    expect(search(visitor)).to_be_focused()
    search(visitor).fill("府中")
    options.last.click()
    assert sent_choice(visitor) in {"132063", "342084"}


def test_enter_of_the_input_method_chooses_nothing(site, office, chromium):
    visitor = walker(chromium, site.origin)
    prove(visitor, office, "taro@nanka.example.jp")
    field, keyboard = search(visitor), visitor.context.new_cdp_session(visitor.page)
    field.focus()
    composed = {"text": "なかとさ", "selectionStart": 4, "selectionEnd": 4}
    keyboard.send("Input.imeSetComposition", composed)
    expect(choices(visitor)).to_have_count(1)
    visitor.page.keyboard.press("ArrowDown")
    expect(chosen(visitor)).to_have_count(0)
    keyboard.send("Input.insertText", {"text": "なかとさ"})
    assert (sent_choice(visitor), field.input_value()) == ("", "なかとさ")
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Enter")
    assert (sent_choice(visitor), field.input_value()) == ("394017", "高知県 中土佐町")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_members_invite_and_agree_again(site, office, chromium, viewport):
    tanaka = person("tanaka", conduct_version="2019-04")
    visitor = walker(chromium, site.origin, viewport)
    visitor.open("/accounts/login/?next=/members/invitations/")
    visitor.page.fill("[name=login]", tanaka.email)
    visitor.page.fill("[name=password]", "yamagoe-no-michi-3")
    visitor.page.click("main button[type=submit]")
    visitor.page.wait_for_url("**/accounts/conduct/**")
    assert complaints(visitor.page) == []
    visitor.page.check("[name=accept]")
    visitor.page.get_by_role("button", name="同意して続ける").click()
    visitor.page.wait_for_url("**/members/invitations/")
    assert complaints(visitor.page) == []
    visitor.page.fill("[name=email]", ADDRESS)
    visitor.page.fill("[name=relation]", "同じ課の後任です。")
    visitor.page.get_by_role("button", name="招く", exact=True).click()
    expect(visitor.page.get_by_role("cell", name="招待中")).to_be_visible()
    assert complaints(visitor.page) == []
    assert "田中 里奈" in office.next_letter(ADDRESS)["Subject"]
    visitor.page.get_by_role("button", name="取り消す").click()
    expect(visitor.page.get_by_text("招待を取り消しました。")).to_be_visible()
    assert Invitation.objects.get().state == "取り消しました"
    visitor.open("/conduct/")
    assert complaints(visitor.page) == []
    assert visitor.complaints == []


def test_without_scripts_the_two_selects_do_it(site, office, chromium):
    context = chromium.new_context(java_script_enabled=False, locale="ja-JP", timezone_id="Asia/Tokyo")
    visitor = Walker(context, context.new_page(), site.origin)
    prove(visitor, office, "taro@nanka.example.jp")
    page = visitor.page
    assert page.locator("[name=organisation_words]").is_visible() is False
    page.select_option("[name=prefecture]", "39")
    page.get_by_role("button", name="この都道府県の団体を選ぶ").click()
    page.select_option("[name=organisation]", "394017")
    for name, text in [("section", "住民会計課"), ("name", "佐々木 遥"), ("kana", "ささき はるか")]:
        page.fill(f"[name={name}]", text)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="行動規範へ進む").last.click()
    page.wait_for_url("**/conduct/")
    assert Registration.objects.get().organisation.slug == "394017"
    context.close()
