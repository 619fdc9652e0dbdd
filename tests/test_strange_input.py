"""What nobody types by hand in the address bar: no page breaks over it."""

import pytest
from django.test import Client

from tests import factories
from tests.people import person

pytestmark = pytest.mark.django_db
STRANGE = ("\x00", "a\x00b", "9" * 30, "-1", "１２", "'\">", "😀" * 60, "\u202e")
CHANNEL = "/channels/madoguchi-dx/"
ASKED = {
    "/search/": ("q", "before", "page"),
    "/switch/": ("q",),
    "/channels/": ("q", "category", "prefecture", "sort", "show"),
    "/channels/proposals/": ("page",),
    CHANNEL: ("before", "after", "around", "thread", "reply", "quote"),
    f"{CHANNEL}questions/": ("state", "page", "before"),
    f"{CHANNEL}members/": ("q", "page"),
    "/mentions/": ("q", "channel", "root"),
    "/inbox/": ("kind", "before", "show"),
    "/bookmarks/": ("page", "before", "show"),
    "/drafts/": ("root", "channel"),
    "/members/": ("q", "page", "prefecture", "organisation"),
    "/organisations/": ("q", "page", "prefecture"),
    "/secretariat/audit/": ("q", "before", "organisation", "member"),
    "/secretariat/channels/": ("q",),
    "/secretariat/registrations/": ("show", "page"),
}


@pytest.mark.parametrize(
    ("address", "name"), [(page, name) for page, names in ASKED.items() for name in names]
)
def test_a_strange_word_in_an_address_breaks_no_page(address, name):
    oonishi = person("oonishi")
    factories.channel("madoguchi-dx", oonishi)
    browser = Client()
    browser.force_login(oonishi)
    answers = {browser.get(address, {"channel": "madoguchi-dx", name: word}).status_code for word in STRANGE}
    assert answers <= {200, 302, 404, 422}
