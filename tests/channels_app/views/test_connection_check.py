"""接続診断: what the page says without scripts, what the script is told, and who may."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from channels_app.models import LiveEvent
from tests.channels_app.views.habits import JSON, assert_asks_to_sign_in, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db
PAGE = "/help/connection/"
WAYS = ["page", "socket", "stream", "poll", "sending", "storage", "clock"]


def test_the_page_says_what_to_let_through():
    page = signed_in(person("tanaka")).get(PAGE, HTTP_HOST="localhost")
    text = page.content.decode()
    assert page.status_code == 200
    assert re.findall(r'data-check="(\w+)"', text) == WAYS
    for word in ("/live/ws", "/live/stream", "/live/poll", "Upgrade: websocket", "60秒以上", "localhost"):
        assert word in text
    assert page["Cache-Control"] == "no-store, private"


def test_without_scripts_only_what_the_page_itself_proves_counts_as_done():
    text = signed_in(person("tanaka")).get(PAGE).content.decode()
    rows = re.findall(r'<tr data-check="(\w+)">(.*?)</tr>', text, re.DOTALL)
    shown = {name: re.findall(r'data-state="(\w+)">', row) for name, row in rows}
    assert shown == {"page": ["good"]} | {name: ["none"] for name in WAYS[1:]}


def test_the_button_proves_sending_without_scripts():
    browser = signed_in(person("tanaka"))
    answer = browser.post(PAGE, follow=True)
    assert answer.redirect_chain == [(PAGE, 303)]
    assert "送信できました。" in answer.content.decode()


def test_the_script_is_told_the_clock_and_nothing_of_the_member():
    browser = signed_in(person("tanaka"))
    before = timezone.now().timestamp() * 1000
    for answer in (browser.get(PAGE, **JSON), browser.post(PAGE, **JSON)):
        told = answer.json()
        assert (answer.status_code, list(told)) == (200, ["at"])
        assert before - 1 <= told["at"] <= timezone.now().timestamp() * 1000 + 1


def test_a_check_leaves_no_trace():
    browser = signed_in(person("tanaka"))
    before = LiveEvent.objects.count()
    for _ in range(2):
        browser.post(PAGE, **JSON)
    assert LiveEvent.objects.count() == before


def test_the_post_is_refused_without_a_token():
    browser = signed_in(person("tanaka"), enforce_csrf_checks=True)
    assert browser.post(PAGE, **JSON).status_code == 403
    browser.get("/help/connection/")
    token = browser.cookies[next(name for name in browser.cookies if "csrf" in name)].value
    assert browser.post(PAGE, headers={"X-CSRFToken": token}, **JSON).status_code == 200


def test_visitors_log_in_first_and_scripts_hear_401():
    assert_asks_to_sign_in(PAGE)
    assert Client().post(PAGE, **JSON).status_code == 401


def test_other_methods_and_addresses_do_not_exist():
    browser = signed_in(person("tanaka"))
    assert browser.put(PAGE).status_code == 405
    assert browser.get(f"{PAGE}1/").status_code == 404


def test_the_page_is_led_to_from_the_line_the_help_and_the_settings():
    browser = signed_in(person("tanaka"))
    for address in ("/home/", "/help/", "/accounts/preferences/"):
        assert f'href="{PAGE}"' in browser.get(address).content.decode().split("<main")[0]
    for address in ("/help/", "/accounts/preferences/"):
        assert f'href="{PAGE}"' in browser.get(address).content.decode().split("<main")[1]
