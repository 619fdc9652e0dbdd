"""The manifest with which a browser keeps the site as an app."""

import re
import struct

from django.test import Client

from tests.site import PROJECT


def size_of(name: str) -> str:
    """The size that a PNG file says it has."""
    head = (PROJECT / "static/img/icons" / name).read_bytes()[:24]
    return "{}x{}".format(*struct.unpack(">II", head[16:24]))


def test_the_manifest_names_icons_of_the_size_it_says(db):
    answer = Client().get("/manifest.webmanifest")
    told = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (told["short_name"], told["start_url"], told["display"]) == ("共創", "/home/", "standalone")
    names = [re.sub(r".*/([\w-]+?)(\.[0-9a-f]{12})?\.png$", r"\1.png", icon["src"]) for icon in told["icons"]]
    assert [size_of(name) for name in names] == [icon["sizes"] for icon in told["icons"]]
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    assert all(icon["src"].startswith("/static/") for icon in told["icons"])


def test_pages_name_it_and_no_page_registers_a_service_worker(db):
    assert '<link rel="manifest" href="/manifest.webmanifest">' in Client().get("/").content.decode()
    assert Client().post("/manifest.webmanifest").status_code == 405
    scripts = (path.read_text() for path in (PROJECT / "static/js").rglob("*.js"))
    assert [text for text in scripts if "serviceWorker" in text] == []
