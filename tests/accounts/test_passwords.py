"""Words that a password of this site must not contain."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import Affiliation, Member, Organisation
from accounts.passwords import ContextWordValidator, LongestPasswordValidator
from tests.people import person

APPLICANT = Member(email="h-sasaki@town.kuzumaki.iwate.jp", name="佐々木 遥")
TOWN = Organisation(pk=1, slug="394017", kind="town", name="中土佐町", kana="なかとさちょう")


@pytest.mark.parametrize(
    "password",
    [
        "watashi-no-KYOSO-heya",
        "共創でがんばる毎日です",
        "xx-h-sasaki-xx-xx",
        "Kuzumaki-no-yama",
        "佐々木の長い合言葉です",
    ],
)
def test_site_address_and_name_are_refused(password):
    with pytest.raises(ValidationError, match="サイト名やご自分のアドレス・氏名"):
        ContextWordValidator().validate(password, APPLICANT)


@pytest.mark.parametrize("password", ["yamagoe-no-michi-3", "downtown-no-yoru-9", "jp-to-lg-no-kaisen"])
def test_ordinary_words_pass(password):
    assert ContextWordValidator().validate(password, APPLICANT) is None


def test_without_a_person_only_the_site_counts():
    assert ContextWordValidator().validate("h-sasaki-no-yama") is None


@pytest.mark.parametrize(
    "password",
    [
        "nakatosa-no-umi-77",
        "Watashi NAKATOSACHOU 1",
        "ナカトサの海はひろいな",
        "ﾅｶﾄｻの海はひろいなあ",
        "中土佐で働いています",
        "なかとさちょうの朝です",
    ],
)
def test_the_organisations_names_are_refused(password):
    applicant = Member(email="taro@example.com", name="鈴木 太郎")
    assert ContextWordValidator().validate(password, applicant) is None
    applicant.affiliation = Affiliation(organisation=TOWN)
    with pytest.raises(ValidationError, match="団体名を含まない"):
        ContextWordValidator().validate(password, applicant)


@pytest.mark.django_db
def test_a_members_organisation_counts_when_changing_the_password():
    with pytest.raises(ValidationError, match="団体名を含まない"):
        validate_password("nakatosa-no-umi-77", person("tanaka"))
    assert validate_password("nakatosa-no-umi-77", person("miura")) is None


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("yama-no-umi", "短すぎます"),
        ("passwordpassword", "よく使われる"),
        ("Password2026!", "よく使われる"),
        ("aaaaaaaaaaaaaa", "よく使われる"),
        ("x1" * 65, "128文字まで"),
    ],
)
def test_short_leaked_and_endless_passwords_are_refused(password, sentence):
    with pytest.raises(ValidationError, match=sentence):
        validate_password(password, APPLICANT)


@pytest.mark.parametrize("length", [12, 64, 128])
def test_every_length_between_is_accepted_of_any_characters(length):
    assert validate_password(("山越えの道 é🍊" * 20)[:length], APPLICANT) is None


def test_the_greatest_length_is_a_setting():
    with pytest.raises(ValidationError, match="70文字まで"):
        LongestPasswordValidator(longest=70).validate("x" * 71)
    assert LongestPasswordValidator(longest=70).validate("x" * 70) is None
