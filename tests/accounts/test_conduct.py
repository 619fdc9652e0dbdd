"""The code of conduct: agreeing again after a change, before anything else."""

import pytest
from django.test import Client

from accounts.actions.acceptances import accept_conduct
from accounts.actions.decisions import approve
from accounts.conduct import CONDUCT_VERSION
from accounts.models import Acceptance
from tests import factories
from tests.applicants import handed_in
from tests.people import person

pytestmark = pytest.mark.django_db
PAGE = "/accounts/conduct/"
OLD = "2019-04"


@pytest.fixture
def late(client):
    """A member who agreed to an older version, logged in."""
    member = person("tanaka", conduct_version=OLD)
    client.force_login(member)
    return member


@pytest.mark.parametrize(
    "address", ["/home/", "/members/?q=%E7%94%B0", "/members/invitations/", "/accounts/password/change/"]
)
def test_every_page_leads_to_the_question_and_back(client, late, address):
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.url.startswith(f"{PAGE}?next=")
    page = client.get(answer.url)
    assert page.context["onward"] == address
    accepted = client.post(PAGE, {"accept": "on", "next": page.context["onward"]})
    assert accepted.url == address
    late.refresh_from_db()
    assert late.conduct_version == CONDUCT_VERSION
    assert list(Acceptance.objects.values_list("member", "version")) == [(late.pk, CONDUCT_VERSION)]
    assert PAGE not in client.get(address).get("Location", "")


def test_nothing_is_done_before_the_agreement(client, late):
    channel = factories.channel("zatsudan", late)
    answer = client.post(
        f"/channels/{channel.slug}/posts/",
        {"text": "こんにちは", "cid": "11111111-1111-4111-8111-111111111111"},
        headers={"Referer": f"http://testserver/channels/{channel.slug}/"},
    )
    assert answer.url == f"{PAGE}?next=%2Fchannels%2F{channel.slug}%2F"
    assert channel.posts.count() == 0


@pytest.mark.parametrize("headers", [{"Accept": "application/json"}, {"X-Kyoso": "fragment"}])
def test_scripts_are_told_in_words(client, late, headers):
    answer = client.get("/home/", headers=headers)
    assert answer.status_code == 403
    assert answer.json() == {
        "error": "行動規範が新しくなりました。画面を読み直して、同意してから続けてください。"
    }


def test_reading_it_and_logging_out_stay_possible(client, late):
    assert client.get("/conduct/").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.post("/accounts/logout/").url == "/"


def test_the_tick_is_needed(client, late):
    answer = client.post(PAGE, {"next": "/members/"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"accept": ["続けるには、行動規範への同意が必要です。"]}
    assert answer.context["onward"] == "/members/"
    late.refresh_from_db()
    assert late.conduct_version == OLD


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\x00", ""]
)
def test_the_way_on_stays_on_the_site(client, late, onward):
    assert client.post(PAGE, {"accept": "on", "next": onward}).url == "/home/"


def test_who_has_agreed_is_not_asked(client):
    tanaka = person("tanaka")
    client.force_login(tanaka)
    assert client.get(PAGE).url == "/home/"
    assert client.get("/home/").status_code == 200
    assert client.post(PAGE, {"accept": "on"}).url == "/home/"
    assert Acceptance.objects.count() == 0


def test_agreeing_twice_is_recorded_once():
    tanaka = person("tanaka", conduct_version=OLD)
    assert accept_conduct(tanaka) == accept_conduct(tanaka)
    assert Acceptance.objects.count() == 1


def test_visitors_do_not_get_the_pages():
    assert Client().get(PAGE).url == f"/accounts/login/?next={PAGE}"
    assert Client().get("/conduct/").url == "/accounts/login/?next=/conduct/"


def test_the_agreement_of_the_application_is_the_members(client):
    registration = handed_in()
    member = approve(person("hasegawa"), registration)
    given = Acceptance.objects.get(member=member)
    assert (given.version, given.accepted_at) == (CONDUCT_VERSION, registration.conduct_accepted_at)
    client.force_login(member)
    assert client.get("/home/").status_code == 200
    page = client.get("/conduct/")
    assert list(page.context["acceptances"]) == [given]
