"""A file through real servers: whole, with its headers, whichever server answers the pages."""

import urllib.error
import urllib.request

import pytest
from django.conf import settings
from django.test import Client

from channels_app.actions.attachments import upload
from tests import documents, factories
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("parts", [{}, {"live": 1, "web": 1}], ids=["one process", "pages apart"])
def test_a_file_arrives_whole(start_site, redis_url, tmp_path, monkeypatch, parts):
    place = tmp_path / "site-files"
    monkeypatch.setattr(settings, "FILES_DIR", place)
    tanaka = person("tanaka")
    content = documents.pdf(b"\n" * 900) * 3000
    row = upload(tanaka, content, "会議資料.pdf")
    factories.post(tanaka, factories.channel("madoguchi-dx", tanaka), files=[row.key])
    site = start_site(FILES_DIR=str(place), redis_url=redis_url, **parts)
    browser = Client()
    browser.force_login(tanaka)
    name = f"kyoso-{site.origin.rsplit(':', 1)[1]}"
    cookie = {"Cookie": f"{name}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"}
    asked = urllib.request.Request(site.origin + row.get_absolute_url(), headers=cookie)
    with urllib.request.urlopen(asked) as answer:
        told = {key: answer.headers[key] for key in ("Content-Length", "Content-Type", "Cache-Control")}
        assert answer.read() == content
    assert told == {
        "Content-Length": str(len(content)),
        "Content-Type": "application/pdf",
        "Cache-Control": "private, no-cache",
    }
    stranger = urllib.request.Request(asked.full_url, headers={"Accept": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(stranger)
    assert refusal.value.code == 401
