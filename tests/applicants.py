"""Applications at every stage, made by the same actions that the pages call."""

import re

from django.contrib.auth.hashers import make_password
from django.core import mail

from accounts.actions.codes import Confirmation, confirm_code
from accounts.actions.registrations import fill_in, hand_in, start_registration
from accounts.models import Registration
from tests.jobs import run_jobs
from tests.people import PASSWORD, organisation

ADDRESS = "h-sasaki@town.nakatosa.lg.jp"
DETAILS = {
    "prefecture": "39",
    "organisation": "394017",
    "section": "住民会計課",
    "title": "",
    "name": "佐々木　遥",
    "kana": "ササキ ハルカ",
    "password": PASSWORD,
}


def mailed_code(address: str = ADDRESS) -> str:
    """Run the waiting jobs; the six digits of the newest code mailed to the address."""
    run_jobs()
    bodies = [
        letter.body for letter in mail.outbox if letter.to == [address] and "確認の数字" in letter.subject
    ]
    first, second = re.search(r"^ {4}(\d{3}) (\d{3})$", bodies[-1], re.MULTILINE).groups()
    return first + second


def proven(address: str = ADDRESS) -> Registration:
    """An application whose address is proven."""
    registration = start_registration(address)
    assert confirm_code(registration, mailed_code(address)) is Confirmation.CONFIRMED
    registration.refresh_from_db()
    return registration


def handed_in(address: str = ADDRESS, slug: str = "394017", **changes) -> Registration:
    """An application that waits at the desk."""
    facts = {
        "organisation": organisation(slug),
        "section": "住民会計課",
        "title": "",
        "name": "佐々木 遥",
        "kana": "ささき はるか",
    } | changes
    registration = fill_in(proven(address), password_hash=make_password(PASSWORD), **facts)
    registration = hand_in(registration, note="よろしくお願いします。")
    run_jobs()
    return registration
