"""The pages of an application, step by step."""

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import Member, Registration
from tests.applicants import ADDRESS, mailed_code
from tests.people import PASSWORD, organisation

pytestmark = pytest.mark.django_db

DETAILS = {
    "prefecture": "39",
    "organisation": "394017",
    "section": "住民会計課",
    "title": "",
    "name": "佐々木　遥",
    "kana": "ササキ ハルカ",
    "password": PASSWORD,
}


@pytest.fixture(autouse=True)
def places():
    organisation("390003")
    return organisation("394017")


def give_address(client, address=ADDRESS):
    return client.post(reverse("account_signup"), {"email": address})


def give_code(client, code):
    return client.post(reverse("signup_code"), {"code": code})


def prove(client, address=ADDRESS):
    give_address(client, address)
    return give_code(client, mailed_code(address))


def test_a_whole_application_ends_at_the_desk(client):
    assert give_address(client).url == reverse("signup_code")
    assert give_code(client, mailed_code()).url == reverse("signup_details")
    page = client.get(reverse("signup_details"))
    assert page.context["form"].initial["organisation"] == "394017"
    assert client.post(reverse("signup_details"), DETAILS).url == reverse("signup_conduct")
    answer = client.post(reverse("signup_conduct"), {"accept": "on", "note": "町の代表番号は…"})
    assert answer.url == reverse("signup_received")
    assert client.get(answer.url).status_code == 200
    registration = Registration.objects.get()
    assert registration.awaiting_approval
    assert (registration.name, registration.kana) == ("佐々木 遥", "ささき はるか")
    assert (registration.email, registration.organisation.slug) == (ADDRESS, "394017")
    assert registration.password.startswith("argon2")
    assert Member.objects.count() == 0
    assert [letter.content_subtype for letter in mail.outbox] == ["plain"]
