"""The page with the mails of a trial site."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage, get_connection
from django.test import Client

from kyoso.mailbox import FOLDER_BACKEND

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMBEDDED, settings.EMAIL_BACKEND, settings.MAIL_DIR = True, FOLDER_BACKEND, tmp_path
    return get_connection(FOLDER_BACKEND)


def test_the_mails_are_open_to_anybody_newest_first(client, folder):
    for number in (1, 2):
        letter = EmailMessage(f"確認の数字 {number}", "    123 456", to=[f"佐々木 <a{number}@example.lg.jp>"])
        folder.send_messages([letter])
    letters = client.get("/mail/").context["mails"]
    assert [(letter.subject, letter.body.strip()) for letter in letters] == [
        ("確認の数字 2", "123 456"),
        ("確認の数字 1", "123 456"),
    ]
    assert letters[0].to == "佐々木 <a2@example.lg.jp>"
    assert letters[0].sent_at.utcoffset() == timedelta(0)


def test_markup_in_a_mail_stays_text(client, folder):
    folder.send_messages([EmailMessage("<script>alert(1)</script>", "<b>x</b>", to=["a@example.lg.jp"])])
    page = client.get("/mail/").content
    assert b"<script>alert(1)" not in page
    assert b"&lt;b&gt;x&lt;/b&gt;" in page


def test_an_empty_folder_is_an_empty_page(client, folder):
    assert client.get("/mail/").context["mails"] == []


def test_there_is_no_such_page_on_a_real_site(client, folder, settings):
    folder.send_messages([EmailMessage("秘密", "123 456", to=["a@example.lg.jp"])])
    assert client.get("/mail/").status_code == 200
    settings.EMBEDDED = False
    assert client.get("/mail/").status_code == 404
    settings.EMBEDDED, settings.EMAIL_BACKEND = True, "django.core.mail.backends.smtp.EmailBackend"
    assert Client().get("/mail/").status_code == 404


def test_the_page_only_reads(client, folder):
    assert client.post("/mail/").status_code == 405
