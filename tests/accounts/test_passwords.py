"""Words that a password of this site must not contain."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Member
from accounts.passwords import ContextWordValidator

APPLICANT = Member(email="h-sasaki@town.kuzumaki.iwate.jp", name="佐々木 遥")


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
