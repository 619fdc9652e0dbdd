"""How a member likes the site to look, sound and answer."""

import pytest
from django.test import Client

from accounts.actions.preferences import KEPT, prefer
from accounts.backends import SIGNED_IN
from accounts.forms.preferences import PreferencesForm
from accounts.models import Member
from tests.people import person

pytestmark = pytest.mark.django_db

PAGE = "/accounts/preferences/"
CHOSEN = {
    "era": "wareki",
    "theme": "dark",
    "sending": "enter",
    "announcing": "full",
    "keys": "off",
    "digest": "daily",
}


def logged_in(member) -> Client:
    browser = Client()
    browser.force_login(member)
    return browser


def body_of(browser, address="/home/") -> str:
    text = browser.get(address).content.decode()
    return text[text.index("<body") : text.index(">", text.index("<body"))]


def test_settings_are_kept_and_the_next_page_follows():
    tanaka, miura = person("tanaka"), person("miura")
    browser = logged_in(tanaka)
    assert PreferencesForm.of(tanaka) == {
        "era": "seireki",
        "theme": "auto",
        "sending": "ctrl",
        "announcing": "count",
        "keys": "on",
        "digest": "weekly",
    }
    before = body_of(browser)
    assert browser.post(PAGE, CHOSEN).url == PAGE
    kept = Member.objects.get(pk=tanaka.pk)
    assert PreferencesForm.of(kept) == CHOSEN
    assert (kept.enter_sends, kept.single_keys) == (True, False)
    after = body_of(browser)
    for setting in (' data-years="seireki"', ' data-announcing="count"', " data-keys"):
        assert (setting in before, setting in after) == (True, False), setting
    for setting in (' data-years="wareki"', ' data-announcing="full"', " data-enter-sends"):
        assert (setting in before, setting in after) == (False, True), setting
    other = body_of(logged_in(miura))
    assert (' data-years="seireki"' in other, " data-enter-sends" in other) == (True, False)


def test_the_form_shows_what_is_set():
    browser = logged_in(person("tanaka", theme="dark", enter_sends=True))
    page = browser.get(PAGE).content.decode()
    shown = [line for line in page.split("<input") if " checked" in line.split(">")[0]]
    assert len(shown) == 6
    assert any('value="dark"' in line for line in shown)
    assert any('value="enter"' in line for line in shown)


@pytest.mark.parametrize("field", CHOSEN)
@pytest.mark.parametrize("bad", ["", "gengo", "あ" * 3000, "a\x00b"])
def test_a_bad_answer_changes_nothing_and_keeps_the_others(field, bad):
    tanaka = person("tanaka")
    answer = logged_in(tanaka).post(PAGE, CHOSEN | {field: bad})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"]["theme"].value() == (bad if field == "theme" else "dark")
    assert PreferencesForm.of(Member.objects.get(pk=tanaka.pk)) == PreferencesForm.of(tanaka)


def test_one_setting_leaves_the_others_and_unknown_ones_are_refused():
    tanaka = person("tanaka", theme="dark")
    prefer(tanaka, era="wareki")
    kept = Member.objects.get(pk=tanaka.pk)
    assert (kept.era, kept.theme, kept.digest) == ("wareki", "dark", "weekly")
    with pytest.raises(TypeError):
        prefer(tanaka, role="secretariat")
    assert Member.objects.get(pk=tanaka.pk).role == "member"


def test_the_page_asks_for_a_log_in_and_is_linked_from_the_menu(client):
    assert client.get(PAGE).url == f"/accounts/login/?next={PAGE}"
    assert f'href="{PAGE}"' in logged_in(person("tanaka")).get("/home/").content.decode()


@pytest.mark.parametrize(
    ("theme", "scheme", "media"),
    [
        ("auto", "light dark", "screen and (prefers-color-scheme: dark)"),
        ("light", "light", None),
        ("dark", "dark", "screen"),
    ],
)
def test_brightness_is_a_sheet_and_a_word_to_the_browser(theme, scheme, media):
    page = logged_in(person("tanaka", theme=theme)).get("/home/").content.decode()
    assert f'<meta name="color-scheme" content="{scheme}">' in page
    linked = [line for line in page.splitlines() if "css/dark" in line]
    assert [f'media="{media}"' in line for line in linked] == ([] if media is None else [True])


def test_settings_come_with_the_signed_in_member():
    columns = "".join(SIGNED_IN.made[0])
    assert [name for name in KEPT if f'"{name}"' not in columns] == []
