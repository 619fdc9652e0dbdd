"""The answer of the first step, and the organisations that the search of the third one knows."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organisation
from accounts.organisation_list import spellings
from tests.applicants import ADDRESS, DETAILS, mailed_code
from tests.people import organisation

pytestmark = pytest.mark.django_db
LIST, CODE_PAGE = "/accounts/signup/organisations/", "/accounts/signup/code/"


@pytest.fixture(autouse=True)
def places():
    organisation("390003"), organisation("soumu.go.jp")
    return organisation("394017")


def code_page(address):
    """The page after the first step, before any code was typed."""
    browser = Client()
    browser.post("/accounts/signup/", {"email": address})
    return browser.get(CODE_PAGE)


@pytest.mark.parametrize(
    ("address", "fits", "sentence"),
    [
        (ADDRESS, ["高知県 中土佐町"], "<b>高知県 中土佐町</b>のアドレスのようです。"),
        ("taro@nanka.example.jp", [], "担当者が確認します。"),
    ],
)
def test_the_first_step_answers_at_once(address, fits, sentence):
    page = code_page(address)
    assert [candidate.full_name for candidate in page.context["candidates"]] == fits
    assert sentence in page.content.decode()


def test_several_candidates_are_named_with_their_prefectures():
    for slug, name in (("090000", "栃木県"), ("120006", "千葉県")):
        facts = {"code": slug, "kind": "prefecture", "name": name, "kana": name, "prefecture_code": slug[:2]}
        Organisation.objects.get_or_create(slug=slug, defaults=facts)
    for slug, name in (("092142", "さくら市"), ("122122", "佐倉市")):
        facts = {"code": slug, "kind": "city", "name": name, "kana": "さくらし", "prefecture_code": slug[:2]}
        Organisation.objects.get_or_create(slug=slug, defaults=facts)
    text = code_page("d-mori@city.sakura.lg.jp").content.decode()
    assert "2つの団体に合います。" in text
    assert "<li>栃木県 さくら市</li><li>千葉県 佐倉市</li>" in text


def test_the_search_knows_every_existing_organisation(client, places):
    Organisation.objects.filter(slug="390003").update(valid_to="2020-01-01")
    answer = client.get(LIST)
    rows = {row[1]: row for row in json.loads(answer.content)}
    assert set(rows) == {"394017", "soumu.go.jp"}
    assert rows["394017"][:5] == ["39", "394017", "中土佐町", "高知県 中土佐町", "なかとさちょう"]
    assert rows["394017"][5:] == ["nakatosacho", "nakatosachou", "nakatosatyo"]
    assert rows["soumu.go.jp"][:3] == ["agency", "soumu.go.jp", "総務省"]
    assert answer["Content-Type"] == "application/json"
    assert client.post(LIST).status_code == 405


def test_a_changed_organisation_is_found_at_once(client, places):
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    assert len(queries) == 1
    places.name = "新土佐町"
    places.save()
    assert "新土佐町" in client.get(LIST).content.decode()


def test_spellings_are_those_people_type():
    assert spellings("しこくちゅうおうし") == ["shikokuchuoshi", "shikokuchuuoushi", "sikokutyuosi"]


def test_words_without_a_choice_come_back_with_the_reason(client):
    client.post("/accounts/signup/", {"email": ADDRESS})
    client.post(CODE_PAGE, {"code": mailed_code()})
    typed = DETAILS | {"organisation": "", "organisation_words": 'なか"><b>'}
    page = client.post("/accounts/signup/details/", typed)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["organisation"])
    assert 'value="なか&quot;&gt;&lt;b&gt;"' in page.content.decode()


def test_the_password_must_not_name_the_chosen_organisation(client):
    client.post("/accounts/signup/", {"email": "taro@nanka.example.jp"})
    client.post(CODE_PAGE, {"code": mailed_code("taro@nanka.example.jp")})
    page = client.post("/accounts/signup/details/", DETAILS | {"password": "nakatosa no umi 1"})
    assert page.context["form"].errors == {
        "password": ["サイト名やご自分のアドレス・氏名・団体名を含まないパスワードにしてください。"]
    }
