"""Who stands before the screens in most stories, and how they get there."""

import pytest

from tests import factories
from tests.browser.walker import DESKTOP, walker
from tests.people import person


@pytest.fixture
def cast():
    """Tanaka, Miura and 窓口DX, in which both are."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.channel("madoguchi-dx", tanaka, miura)


@pytest.fixture
def at_desk(live_site, chromium):
    """Opens a browser as somebody; afterwards no script and no policy has complained."""
    opened = []

    def sit(member, viewport=DESKTOP):
        one = walker(chromium, live_site.origin, viewport)
        opened.append(one)
        one.sign_in(member)
        return one

    yield sit
    for one in opened:
        one.context.close()
    assert [complaint for one in opened for complaint in one.complaints] == []


@pytest.fixture
def arrive(at_desk):
    """Opens 窓口DX as somebody, and waits until it hears."""

    def come(member, viewport=DESKTOP):
        one = at_desk(member, viewport)
        one.open("/channels/madoguchi-dx/")
        one.page.wait_for_selector("body[data-live=live]")
        return one

    return come
