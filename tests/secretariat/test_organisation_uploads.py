"""The desk's CSV file: uploaded, looked at, carried out exactly as shown."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.actions.organisation_changes import rename
from accounts.models import Organisation, OrganisationChange, OrganisationUpload
from tests.channels_app.views.habits import assert_asks_to_sign_in, signed_in
from tests.people import organisation, person

pytestmark = pytest.mark.django_db

UPLOADS = "/secretariat/organisations/uploads/"
TEXT = "code,name,kana,effective_date\n394017,四万十川町,しまんとがわちょう,2026-04-01\n"
CONTENT = TEXT.encode()


@pytest.fixture
def desk():
    organisation("394017")
    return signed_in(person("oonishi"))


def send(browser, content=CONTENT, kind="master"):
    return browser.post(UPLOADS, {"kind": kind, "file": SimpleUploadedFile("更新.csv", content)})


def name():
    return Organisation.objects.get(slug="394017").name


def test_a_file_is_shown_and_then_carried_out_once(desk):
    answer = send(desk, TEXT.encode("cp932"))
    upload = OrganisationUpload.objects.get()
    page = f"{UPLOADS}{upload.pk}/"
    assert (answer.status_code, answer.url, name()) == (302, page, "中土佐町")
    shown = desk.get(page)
    assert [line.sentence for line in shown.context["outcome"].changes] == [
        "高知県 中土佐町：「中土佐町」を「四万十川町」に名称変更（2026-04-01）"
    ]
    assert (shown.context["fits"], name(), OrganisationChange.objects.count()) == (True, "中土佐町", 0)
    for _ in range(2):
        assert desk.post(f"{page}application/").url == page
    assert (name(), OrganisationChange.objects.count()) == ("四万十川町", 1)
    assert "1件を反映しました" in desk.get(page).text
    assert "反映済み" in desk.get(UPLOADS).text


def test_a_changed_organisation_takes_the_button_away(desk):
    send(desk)
    page = f"{UPLOADS}{OrganisationUpload.objects.get().pk}/"
    second = person("oonishi", email="second@example.lg.jp")
    rename(second, organisation("394017"), name="新町", kana="しんまち", effective_on=timezone.localdate())
    shown = desk.get(page)
    assert (shown.context["fits"], "反映する</button>" in shown.text) == (False, False)
    desk.post(f"{page}application/")
    assert name() == "新町"
    assert OrganisationUpload.objects.get().applied_at is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "ファイルが空です"),
        (b"a\0b", "文字コード"),
        (b"a,b\n1,2\n", "列の名前"),
        (TEXT.replace("394017", "394018").encode(), "2行目：団体コードの最後の桁"),
        (b"x" * (5 * 1024 * 1024 + 1), "5MBまで"),
    ],
    ids=["empty", "no text", "columns", "code", "large"],
)
def test_a_bad_file_is_told_and_not_kept(desk, content, words):
    answer = send(desk, content)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert (OrganisationUpload.objects.count(), OrganisationChange.objects.count()) == (0, 0)


@pytest.mark.parametrize("sent", [{}, {"kind": "master"}, {"kind": "other", "file": "x"}])
def test_a_form_without_a_file_is_told(desk, sent):
    assert desk.post(UPLOADS, sent).status_code == 422


def test_a_file_that_changes_nothing_says_so(desk):
    answer = send(desk, TEXT.replace("四万十川町,しまんとがわ", "中土佐町,なかとさ").encode())
    assert (answer.status_code, "変わる団体はありませんでした" in answer.text) == (200, True)


def test_populations_are_uploaded_too(desk):
    send(desk, b"code,population\n394017,6002\n", "population")
    desk.post(f"{UPLOADS}{OrganisationUpload.objects.get().pk}/application/")
    assert Organisation.objects.get(slug="394017").population == 6002


@pytest.mark.parametrize("key", ["hasegawa", "tanaka"])
def test_others_do_not_know_the_uploads(desk, key):
    send(desk)
    page = f"{UPLOADS}{OrganisationUpload.objects.get().pk}/"
    other = signed_in(person(key))
    assert send(other).status_code == 404
    assert (other.get(page).status_code, other.post(f"{page}application/").status_code) == (404, 404)
    assert (name(), OrganisationUpload.objects.count()) == ("中土佐町", 1)


def test_addresses_answer_to_their_method_and_to_existing_uploads(desk):
    send(desk)
    page = f"{UPLOADS}{OrganisationUpload.objects.get().pk}/"
    assert (desk.get(f"{page}application/").status_code, desk.post(page).status_code) == (405, 405)
    assert desk.get(f"{UPLOADS}999/").status_code == 404
    assert desk.post(f"{UPLOADS}999/application/").status_code == 404
    assert_asks_to_sign_in(page)
