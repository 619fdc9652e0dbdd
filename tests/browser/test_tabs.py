"""Several tabs of one member share one connection, and lose nothing when the one that holds it goes."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.people import person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SLUGS = ("madoguchi-dx", "zatsudan", "kenshu")
LIVE = "body[data-live=live]"


@pytest.fixture
def stage(at_desk):
    """Tanaka at the desk, Miura who writes, and three channels with both in them."""
    tanaka, miura = person("tanaka"), person("miura")
    channels = [factories.channel(slug, tanaka, miura, name=slug) for slug in SLUGS]
    return Stage(at_desk(tanaka), tanaka, miura, channels)


class Stage:
    """The tabs of one browser, and the sockets they open."""

    def __init__(self, one, tanaka, miura, channels):
        self.one, self.channels = one, channels
        self.tanaka, self.miura = tanaka, miura
        self.sockets = {}
        one.page.goto("about:blank")

    def watch(self, page):
        """Know the last socket of a tab; the browser does not tell of those that end with their page."""
        page.on("websocket", lambda socket: self.sockets.update({page: socket}))
        return page

    def tab(self, at: int, page=None):
        """Open a channel in a tab of its own, and wait until it hears."""
        page = page or self.watch(self.one.context.new_page())
        page.on("pageerror", lambda error: self.one.complaints.append(str(error)))
        page.goto(f"{self.one.origin}/channels/{SLUGS[at]}/")
        page.wait_for_selector(LIVE)
        return page

    def tabs(self) -> list:
        """Three tabs, each with a channel of its own; the first leads."""
        return [self.tab(at) for at in range(3)]

    def open_sockets(self) -> int:
        """How many are open in all tabs."""
        # News of closed sockets arrives only while the browser is asked something.
        self.one.page.wait_for_timeout(50)
        alive = [socket for page, socket in self.sockets.items() if not page.is_closed()]
        return len([socket for socket in alive if not socket.is_closed()])

    def hears(self, page, at: int, text: str) -> None:
        """Miura writes; the tab shows it."""
        factories.post(self.miura, self.channels[at], text)
        expect(page.locator("#timeline .ky-text", has_text=text)).to_have_count(1)

    def log_out(self, page) -> None:
        """Use the button of the menu."""
        page.locator(".ky-me__menu summary").click()
        page.get_by_role("button", name="ログアウト").click()
        page.wait_for_url(f"{self.one.origin}/")

    def holes(self, *pages) -> list:
        """The gaps that the tabs have counted."""
        return [page.evaluate("document.body.dataset.liveGaps") for page in pages]


def test_three_tabs_have_one_connection_and_each_hears_its_own_channel(stage):
    tabs = stage.tabs()
    assert stage.open_sockets() == 1
    for at, page in enumerate(tabs):
        stage.hears(page, at, f"{at}番目のタブへ")
    row = tabs[0].locator('.ky-list__item[href="/channels/kenshu/"]')
    expect(row).to_have_attribute("data-posts", "1")
    assert [page.locator("#timeline .ky-post").count() for page in tabs] == [1, 1, 1]
    assert (stage.open_sockets(), stage.holes(*tabs)) == (1, ["0", "0", "0"])


def test_when_the_leading_tab_is_closed_another_takes_over_and_nothing_is_lost(stage):
    first, second, third = stage.tabs()
    first.close()
    for at, page in ((1, second), (2, third)):
        for number in range(3):
            stage.hears(page, at, f"閉じたあと{number}")
    assert (stage.open_sockets(), stage.holes(second, third)) == (1, ["0", "0"])
    second.close()
    stage.hears(third, 2, "最後のタブへ")
    assert (stage.open_sockets(), stage.holes(third)) == (1, ["0"])


def test_what_is_posted_between_two_leaders_is_caught_up(stage):
    first, second = stage.tab(0), stage.tab(1)
    second.context.set_offline(True)
    first.close()
    texts = [f"切れている間{number}" for number in range(3)]
    for text in texts:
        factories.post(stage.miura, stage.channels[1], text)
    second.context.set_offline(False)
    expect(second.locator("#timeline .ky-text")).to_have_text(texts, timeout=40_000)
    assert stage.holes(second) == ["0"]


@pytest.mark.parametrize("silent", [False, True], ids=["with a word", "without a word"])
def test_a_frozen_leader_is_replaced_and_follows_when_it_wakes(stage, silent):
    first = stage.watch(stage.one.context.new_page())
    if silent:
        first.add_init_script("addEventListener('freeze', (event) => event.stopImmediatePropagation(), true)")
    stage.tab(0, first)
    second = stage.tab(0)
    hand = stage.one.context.new_cdp_session(first)
    hand.send("Page.setWebLifecycleState", {"state": "frozen"})
    factories.post(stage.miura, stage.channels[0], "凍っている間")
    expect(second.locator("#timeline .ky-text", has_text="凍っている間")).to_have_count(1, timeout=30_000)
    hand.send("Page.setWebLifecycleState", {"state": "active"})
    for page in (first, second):
        stage.hears(page, 0, f"目覚めたあと {page is first}")
        expect(page.locator("#timeline .ky-text", has_text="凍っている間")).to_have_count(1)
    until(lambda: stage.open_sockets() == 1, what="one connection is left")
    assert stage.holes(first, second) == ["0", "0"]


def test_a_tab_that_was_away_is_told_by_the_leader_from_its_own_cursor(stage):
    first, second = stage.tab(0), stage.tab(1)
    hand = stage.one.context.new_cdp_session(second)
    hand.send("Page.setWebLifecycleState", {"state": "frozen"})
    texts = [f"留守の間{number}" for number in range(3)]
    for text in texts:
        factories.post(stage.miura, stage.channels[1], text)
    stage.hears(first, 0, "起きているタブへ")
    hand.send("Page.setWebLifecycleState", {"state": "active"})
    expect(second.locator("#timeline .ky-text")).to_have_text(texts)
    assert (stage.open_sockets(), stage.holes(first, second)) == (1, ["0", "0"])


def test_logging_out_in_one_tab_stops_the_others(stage):
    first, second, third = stage.tabs()
    stage.log_out(second)
    for page in (first, third):
        page.wait_for_selector("body[data-live=stopped]")
    factories.post(stage.miura, stage.channels[0], "ログアウトのあと")
    until(lambda: stage.open_sockets() == 0, what="no connection is left")
    assert first.locator("#timeline .ky-post").count() == 0


def locks(page) -> list:
    """The names of the locks that are held, after all that the page has asked for until now."""
    page.evaluate("navigator.locks.request('kyoso-test', () => 0)")
    return page.evaluate("navigator.locks.query().then(({ held }) => held.map(({ name }) => name))")


def test_a_tab_that_was_logged_out_does_not_take_the_lead_later(stage):
    stage.tab(0)
    second = stage.watch(stage.one.context.new_page())
    second.clock.install()
    stage.tab(1, second)
    stage.log_out(stage.tab(2))
    second.wait_for_selector("body[data-live=stopped]")
    second.clock.run_for(30_000)
    assert locks(second) == []


def test_a_tab_that_comes_back_with_two_words_joins_once(stage):
    first, second = stage.tab(0), stage.tab(1)
    first.evaluate(
        """() => {
            const say = (target, event) => target.dispatchEvent(event);
            say(window, new PageTransitionEvent("pagehide", { persisted: true }));
            say(document, new Event("freeze"));
            say(document, new Event("resume"));
            say(window, new PageTransitionEvent("pageshow", { persisted: true }));
        }"""
    )
    for page in (first, second):
        stage.hears(page, int(page is second), "戻ったあと")
    waiting = "navigator.locks.query().then(({ pending }) => pending.map(({ name }) => name))"
    assert (first.evaluate(waiting), stage.open_sockets()) == ([f"kyoso-live-{stage.tanaka.pk}"], 1)


def test_somebody_else_in_another_tab_shares_nothing(stage):
    first = stage.tab(0)
    secret = factories.channel("kaigi", stage.miura, name="会議", kind="private")
    stage.one.context.clear_cookies()
    other = stage.watch(stage.one.context.new_page())
    stage.one.page = other
    stage.one.sign_in(stage.miura)
    other.goto(f"{stage.one.origin}/channels/kaigi/")
    other.wait_for_selector(LIVE)
    factories.post(stage.miura, secret, "内密の話")
    expect(other.locator("#timeline .ky-text", has_text="内密の話")).to_have_count(1)
    assert "内密の話" not in first.content()
    assert stage.open_sockets() == 2


def test_without_locks_each_tab_connects_for_itself(stage):
    stage.one.context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    first, second = stage.tab(0), stage.tab(1)
    assert stage.open_sockets() == 2
    stage.hears(first, 0, "一つ目")
    stage.hears(second, 1, "二つ目")


def test_more_channels_than_one_connection_may_look_at_are_heard_all_the_same(stage):
    for number in range(8):
        factories.channel(f"ch-{number}", stage.tanaka, stage.miura, name=f"第{number}")
    pages = [stage.watch(stage.one.context.new_page()) for _ in range(8)]
    for number, page in enumerate(pages):
        page.goto(f"{stage.one.origin}/channels/ch-{number}/")
        page.wait_for_selector(LIVE)
    ninth = stage.tab(0)
    stage.hears(ninth, 0, "九つ目のタブへ")
    assert (stage.open_sockets(), stage.holes(ninth, *pages)) == (2, ["0"] * 9)
