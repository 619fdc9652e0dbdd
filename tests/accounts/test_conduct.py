"""The code of conduct: agreeing again after a change, before anything else."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
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
CID = "11111111-1111-4111-8111-111111111111"


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


def sent(client, channel, text="こんにちは", **more):
    """A post that was written in a browser without scripts."""
    return client.post(f"/channels/{channel.slug}/posts/", {"text": text, "cid": CID} | more)


def fields_of(page):
    """The form that the page sends on, with the tick."""
    fields = {}
    for name, value in page.context["carried"]:
        fields.setdefault(name, []).append(value)
    return fields | {"conduct-asked": "1", "conduct-accept": "on"}


def test_a_post_waits_for_the_agreement_and_is_sent_once(client, late):
    channel = factories.channel("zatsudan", late)
    text = '一行目\n<b>二行目</b> & "引用"'
    page = sent(client, channel, text)
    assert (page.status_code, channel.posts.count()) == (422, 0)
    assert page.context["onward"] == f"/channels/{channel.slug}/posts/"
    assert 'value="一行目\n&lt;b&gt;二行目&lt;/b&gt; &amp; &quot;引用&quot;"' in page.content.decode()
    for _ in range(2):
        answer = client.post(page.context["onward"], fields_of(page))
        assert (answer.status_code, channel.posts.count()) == (303, 1)
    assert channel.posts.get().text == text
    late.refresh_from_db()
    assert late.conduct_version == CONDUCT_VERSION
    assert Acceptance.objects.count() == 1


def test_without_the_tick_the_text_stays_and_nothing_is_sent(client, late):
    channel = factories.channel("zatsudan", late)
    fields = fields_of(sent(client, channel)) | {"conduct-accept": ""}
    page = client.post(f"/channels/{channel.slug}/posts/", fields)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["accept"])
    assert dict(page.context["carried"]) == {"text": "こんにちは", "cid": CID}
    assert (channel.posts.count(), Acceptance.objects.count()) == (0, 0)


def test_a_form_that_is_refused_after_the_agreement_keeps_its_text(client, late):
    channel = factories.channel("zatsudan", late)
    page = client.post(f"/channels/{channel.slug}/posts/", fields_of(sent(client, channel, "あ" * 10_001)))
    assert (page.status_code, channel.posts.count()) == (422, 0)
    assert page.context["form"]["text"].value() == "あ" * 10_001


def test_every_value_of_a_field_is_carried(client, late):
    member = person("hasegawa", conduct_version=OLD)
    client.force_login(member)
    page = client.post("/secretariat/registrations/batch/?show=complete", {"chosen": ["3", "1", "2"]})
    assert page.context["onward"] == "/secretariat/registrations/batch/?show=complete"
    assert page.context["carried"] == [("chosen", "3"), ("chosen", "1"), ("chosen", "2")]
    assert "いまの操作は、まだ行っていません" in page.content.decode()


def test_what_the_secretariat_typed_is_carried_with_codes_too(client, late):
    client.force_login(person("oonishi", conduct_version=OLD))
    typed = {"kind": "union", "code": "398993", "name": "四万十川流域情報広域連合", "evidence": ""}
    page = client.post("/secretariat/organisations/new/", typed)
    assert dict(page.context["carried"]) == typed


def test_a_form_is_sent_to_its_own_address_only(client, late):
    page = client.post(
        "/channels/x/posts/?next=//evil.example", {"text": "あ", "next": "https://evil.example/"}
    )
    assert page.context["onward"] == "/channels/x/posts/?next=//evil.example"
    told = page.content.decode()
    assert 'action="/channels/x/posts/?next=//evil.example"' in told
    assert 'action="https://evil.example' not in told


def test_an_agreement_needs_the_token_of_the_form(late):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(late)
    channel = factories.channel("zatsudan", late)
    fields = {"text": "あ", "cid": CID, "conduct-asked": "1", "conduct-accept": "on"}
    assert browser.post(f"/channels/{channel.slug}/posts/", fields).status_code == 403
    assert (channel.posts.count(), Acceptance.objects.count()) == (0, 0)


def test_a_password_is_asked_for_again_instead_of_being_printed(client, late):
    page = client.post("/accounts/password/change/", {"oldpassword": "himitsu-no-kotoba", "password1": "x"})
    assert page.url.startswith(f"{PAGE}?next=")
    assert b"himitsu" not in client.get(page.url).content


def test_a_file_must_be_chosen_again(client, late):
    file = SimpleUploadedFile("x.png", b"x")
    page = client.post("/members/me/edit/", {"introduction": "住民記録の担当です。", "picture": file})
    assert page.context["carried"] == [("introduction", "住民記録の担当です。")]
    assert "選んだファイルは運べません" in page.content.decode()


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
