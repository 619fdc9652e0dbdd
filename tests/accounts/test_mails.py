"""Every mail about registration and membership."""

import re
from pathlib import Path

import pytest
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import mail
from django.utils import timezone

from accounts import library_mails, mails
from accounts.mail_samples import OCCASIONS
from accounts.management.commands.show_mails import mails_page
from accounts.models import Invitation, Registration
from tests.jobs import run_jobs
from tests.people import organisation, person

pytestmark = pytest.mark.django_db

# What is not Japanese in the library's mails: our name, the samples' browser and addresses.
KNOWN_WORDS = {"Kyoso", "Edge", "Windows", "tanaka", "town", "nakatosa"}
REASON = "電話で <確かめ> られませんでした & メールも届きません。"


@pytest.fixture
def application():
    facts = {"name": "佐々木 遥", "kana": "ささき はるか", "section": "住民会計課"}
    return Registration.objects.create(
        email="h-sasaki@town.nakatosa.lg.jp",
        organisation=organisation("394017"),
        code_sent_at=timezone.now(),
        submitted_at=timezone.now(),
        email_verified_at=timezone.now(),
        reason=REASON,
        question=REASON,
        **facts,
    )


def every_mail(application):
    tanaka = person("tanaka")
    mails.registration_code(application, "482915")
    mails.already_member(tanaka.email)
    mails.registration_received(application)
    mails.registration_asked(application)
    mails.registration_approved(application)
    mails.registration_declined(application)
    mails.member_suspended(tanaka, REASON)
    mails.member_resumed(tanaka)
    mails.invitation(Invitation(email="sudo@town.nakatosa.lg.jp", invited_by=tanaka))
    return mail.outbox


def test_subjects_say_what_happened(application):
    assert [letter.subject for letter in every_mail(application)] == [
        "【共創】確認の数字：参加の申し込み",
        "【共創】このアドレスはすでに登録されています",
        f"【共創】参加の申し込みを受け付けました（受付 {application.pk}）",
        f"【共創】申し込みについて、うかがいたいことがあります（受付 {application.pk}）",
        "【共創】参加できるようになりました（高知県 中土佐町 佐々木 遥 さん）",
        f"【共創】参加の申し込みについて（受付 {application.pk}）",
        "【共創】アカウントの利用を止めました",
        "【共創】アカウントの利用を再開しました",
        "【共創】田中 里奈 さんからの招待です",
    ]


def test_every_mail_is_plain_text_and_fits_a_terminal(application):
    for letter in every_mail(application):
        assert (letter.content_subtype, letter.attachments) == ("plain", [])
        assert "{" not in letter.body
        assert max(len(line) for line in letter.body.splitlines() if REASON not in line) <= 45
        assert letter.body.endswith("このメールに返信しても届きません。\n")


def test_signs_stand_as_they_were_written(application):
    bodies = [letter.body for letter in every_mail(application)]
    assert [REASON in body for body in bodies] == [False, False, False, True, False, True, True, False, False]


def test_the_code_is_complete_without_a_link(application):
    mails.registration_code(application, "482915")
    body = mail.outbox[0].body
    assert "\n    482 915\n" in body
    assert "http" not in body


def test_a_line_break_in_a_name_cannot_forge_a_header(application):
    application.name = "佐々木\nBcc: everyone@example.lg.jp"
    mails.registration_approved(application)
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == [application.email]


def test_every_mail_has_both_its_texts():
    folder = Path(settings.BASE_DIR) / "templates" / "emails"
    subjects = {path.name.removesuffix(".subject.txt") for path in folder.glob("*.subject.txt")}
    texts = {path.stem for path in folder.glob("*.txt") if not path.name.endswith(".subject.txt")}
    functions = {
        name for name, made in vars(mails).items() if getattr(made, "__module__", "") == mails.__name__
    }
    assert subjects == texts - {"_foot"} == functions - {"_send", "written", "notice"} == set(OCCASIONS)


def test_the_page_of_mails_is_what_the_templates_write():
    page = Path(settings.BASE_DIR) / "docs" / "mails.md"
    assert page.read_text() == mails_page(), "run: manage.py show_mails > docs/mails.md"
    assert "None" not in page.read_text()


def library_templates(kind):
    folder = Path(settings.BASE_DIR) / "templates"
    found = folder.glob(f"*/email/*_{kind}.txt")
    return {str(path.relative_to(folder)).removesuffix(f"_{kind}.txt") for path in found}


def test_every_mail_of_the_library_has_both_its_texts_and_is_shown():
    known = set(library_mails.OCCASIONS) | set(library_mails.NEVER_SENT)
    bases = {"account/email/base"}
    assert library_templates("subject") == library_templates("message") - bases == known
    assert library_templates("notification") == bases


@pytest.mark.parametrize("prefix", [*library_mails.OCCASIONS, *library_mails.NEVER_SENT])
def test_every_mail_of_the_library_is_plain_japanese_and_complete(prefix):
    letter = get_adapter().render_mail(prefix, library_mails.ADDRESS, library_mails.FACTS)
    assert (letter.content_subtype, letter.alternatives) == ("plain", [])
    assert letter.subject.startswith("【共創】")
    assert ("{" in letter.body, "http" in letter.body) == (False, False)
    lines = letter.body.splitlines()
    assert max(len(line) for line in lines if "@" not in line) <= 45
    assert lines[-1] == "このメールに返信しても届きません。"
    assert [word for word in re.findall(r"[A-Za-z]{4,}", letter.body) if word not in KNOWN_WORDS] == []


def test_a_notice_of_the_library_names_the_browser_in_words_and_escapes_nothing():
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"
    facts = library_mails.FACTS | {"user_agent": edge, "provider": '<県> & "庁"'}
    get_adapter().send_mail("socialaccount/email/account_connected", library_mails.ADDRESS, facts)
    run_jobs()
    assert mail.outbox[0].to == [library_mails.ADDRESS]
    assert "  ブラウザー  Edge（Windows）\n" in mail.outbox[0].body
    assert mail.outbox[0].body.startswith('<県> & "庁" のアカウントで、')
