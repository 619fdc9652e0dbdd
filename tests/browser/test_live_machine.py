"""The client's state machine and its ladder, with rungs that the test moves by hand."""

import pytest

from tests.browser.test_modules import page, static_origin

__all__ = ["page", "static_origin"]
pytestmark = pytest.mark.browser

MACHINE = """
const { Live } = await import("/js/live/state.js");
const { Cursors } = await import("/js/live/cursors.js");
const links = [];
const rung = (name) => ({ name, open: (way) => {
    const link = { name, way, again: 0, closed: 0 };
    links.push(link);
    return { send() {}, probe() {}, again: () => (link.again += 1), close: () => (link.closed += 1) };
} });
const states = [];
const applied = [];
const live = new Live({
    cursors: new Cursors({ c1: 10 }), focus: new Set(["c1"]), epoch: "x", build: "",
    apply: (frame) => applied.push(frame.t + (frame.n || "")),
    changed: ({ state, rung }) => states.push(`${state} ${rung}`),
    counted: () => 0, rungs: [rung("socket"), rung("stream"), rung("poll")],
});
Math.random = () => 0;
const hi = (link, n = 10) => link.way.hear({ t: "hi", epoch: "x", heads: { c1: n, u7: 3 }, spread: 0 });
const turn = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));
"""


def run(page, script: str):
    """The value of a script that plays with `live` and `links`."""
    page.evaluate("localStorage.clear()")
    return page.evaluate(f"async () => {{ {MACHINE} {script} }}")


def test_from_the_first_frame_to_live(page):
    found = run(
        page,
        """live.connect();
        hi(links[0], 11);
        links[0].way.hear({ t: "e", s: "c1", n: 11 });
        links[0].way.hear({ t: "live" });
        links[0].way.hear({ t: "e", s: "c1", n: 11 });
        return [states, applied, live.cursors.vector(), live.gaps];""",
    )
    assert found == [
        ["CONNECT socket", "CATCHUP socket", "LIVE socket"],
        ["hi", "e11"],
        {"c1": 11, "u7": 3},
        0,
    ]


def test_a_hole_asks_again_once_and_takes_nothing_until_the_answer(page):
    found = run(
        page,
        """live.connect();
        hi(links[0]);
        links[0].way.hear({ t: "live" });
        links[0].way.hear({ t: "e", s: "c1", n: 12 });
        links[0].way.hear({ t: "e", s: "c1", n: 13 });
        const asked = links[0].again;
        hi(links[0], 13);
        links[0].way.hear({ t: "b", s: "c1", from: 10, to: 13, e: [] });
        links[0].way.hear({ t: "live" });
        return [asked, live.gaps, applied, states.at(-1), live.cursors.at("c1")];""",
    )
    assert found == [1, 1, ["hi", "hi", "b"], "LIVE socket", 13]


def test_two_failures_before_the_first_frame_lead_one_rung_down(page):
    found = run(
        page,
        """live.connect();
        links[0].way.closed({ code: 1006 });
        await turn();
        links[1].way.closed({ code: 1006 });
        await turn();
        hi(links[2]);
        links[2].way.hear({ t: "live" });
        return [links.map((link) => link.name), states.at(-1)];""",
    )
    assert found == [["socket", "socket", "stream"], "LIVE stream"]


def test_a_way_that_is_blocked_is_not_tried_twice(page):
    found = run(
        page,
        """live.connect();
        links[0].way.closed({ code: 1006 });
        await turn();
        links[1].way.closed({ code: 1006 });
        await turn();
        links[2].way.closed({ code: 1006, blocked: true });
        await turn();
        hi(links[3]);
        links[3].way.hear({ t: "live" });
        return [links.map((link) => link.name), states.at(-1)];""",
    )
    assert found == [["socket", "socket", "stream", "poll"], "LIVE poll"]


def test_after_two_rounds_without_an_answer_the_page_says_so_and_goes_on_trying(page):
    found = run(
        page,
        """live.connect();
        for (let at = 0; at < 12; at += 1) {
            links[at].way.closed({ code: 1006 });
            await turn();
        }
        const waited = states.filter((state) => /WAIT|MANUAL/.test(state));
        hi(links[12]);
        links[12].way.hear({ t: "live" });
        links[12].way.closed({ code: 1006 });
        return [waited.slice(-3), links.length, states.at(-1)];""",
    )
    assert found == [["WAIT poll", "WAIT poll", "MANUAL socket"], 13, "WAIT socket"]


def test_the_rung_that_worked_is_tried_first_on_the_next_page(page):
    found = run(
        page,
        """live.connect();
        links[0].way.closed({ code: 1006 });
        await turn();
        links[1].way.closed({ code: 1006 });
        await turn();
        hi(links[2]);
        const { firstLevel, UP_EVERY } = await import("/js/live/rungs.js");
        const now = Date.now();
        return [firstLevel(now), firstLevel(now + UP_EVERY + 1000), firstLevel(now + 25 * 3600 * 1000)];""",
    )
    assert found == [1, 0, 0]


def test_a_hole_is_told_with_the_next_hello_until_that_is_answered(page):
    found = run(
        page,
        """live.connect();
        const told = () => links[0].way.hello().gaps;
        hi(links[0]);
        const before = told();
        links[0].way.hear({ t: "e", s: "c1", n: 12 });
        const after = [told(), told()];
        hi(links[0], 12);
        return [before, after, told(), live.gaps];""",
    )
    assert found == [0, [1, 1], 0, 1]


def test_who_may_not_hear_does_not_come_back(page):
    found = run(
        page,
        """live.connect();
        hi(links[0]);
        links[0].way.closed({ code: 4403 });
        await turn(50);
        return [states.at(-1), links.length];""",
    )
    assert found == ["STOPPED socket", 1]


def test_a_better_rung_takes_over_without_a_break(page):
    found = run(
        page,
        """live.level = 1;
        live.connect();
        hi(links[0]);
        links[0].way.hear({ t: "live" });
        live.tryUp();
        links[0].way.hear({ t: "e", s: "c1", n: 11 });
        hi(links[1], 11);
        links[0].way.hear({ t: "e", s: "c1", n: 12 });
        links[1].way.hear({ t: "e", s: "c1", n: 12 });
        links[1].way.hear({ t: "live" });
        return [links[0].closed, states.at(-1), applied, live.gaps];""",
    )
    assert found == [1, "LIVE socket", ["hi", "e11", "hi", "e12"], 0]


def test_a_way_up_that_is_being_tried_ends_with_the_page(page):
    found = run(
        page,
        """live.level = 1;
        live.connect();
        hi(links[0]);
        live.tryUp();
        live.stop();
        const closed = links.map((link) => link.closed);
        hi(links[1]);
        return [closed, live.link, live.rung];""",
    )
    assert found == [[1, 1], None, "stream"]


def test_what_came_through_another_tab_says_nothing_of_the_ways_of_this_one(page):
    found = run(
        page,
        """const follow = { ...rung("socket"), follows: true };
        const { rungs } = live;
        Object.assign(live, { rungs: [follow], level: 0 });
        live.connect();
        hi(links[0]);
        live.stop();
        Object.assign(live, { rungs, level: 2 });
        live.connect();
        hi(links[1]);
        live.retry();
        return links.map((link) => link.name);""",
    )
    assert found == ["socket", "poll", "poll"]


def test_who_was_told_a_moment_comes_back_then_and_others_spread_themselves(page):
    found = run(
        page,
        """Math.random = () => 0.5;
        const waits = [];
        const later = window.setTimeout;
        window.setTimeout = (act, ms) => (waits.push(ms), later(act, 60000));
        try {
            for (const bye of [{ t: "bye", after: 300 }, { t: "bye", after: 0 }, null]) {
                live.connect();
                const link = links.at(-1);
                link.way.hear({ t: "hi", epoch: "x", heads: {}, spread: 20 });
                if (bye) link.way.hear(bye);
                waits.length = 0;
                link.way.closed({ code: 1012 });
                links.waited = [...(links.waited || []), waits.at(-1)];
            }
        } finally {
            window.setTimeout = later;
        }
        return links.waited;""",
    )
    assert found == [300, 1, 10_000]
