"""The scripts' modules by themselves, in a real Chromium: what is pure or works on a bare page."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.site import PROJECT

pytestmark = pytest.mark.browser
BARE = "<!doctype html><html lang=ja><body data-member=7></body></html>"


class Static(SimpleHTTPRequestHandler):
    """The project's static folder, and one empty page."""

    def do_GET(self) -> None:
        """Answer /bare with a page, everything else with a file."""
        if self.path != "/bare":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(BARE.encode())

    def log_message(self, *_) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def static_origin():
    """The address of a server of the static files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Static, directory=str(PROJECT / "static")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def page(browser_context, static_origin):
    """An empty page that can import the modules."""
    page = browser_context.new_page()
    page.goto(f"{static_origin}/bare")
    return page


def test_a_cursor_moves_by_one_drops_what_is_old_and_reports_a_hole(page):
    verdicts = page.evaluate("""async () => {
        const { Cursors } = await import("/js/live/cursors.js");
        const cursors = new Cursors({ c1: 10 });
        const seen = [
            { t: "e", s: "c1", n: 11 }, { t: "e", s: "c1", n: 11 }, { t: "e", s: "c1", n: 13 },
            { t: "b", s: "c1", from: 11, to: 20 }, { t: "b", s: "c1", from: 11, to: 20 },
            { t: "b", s: "c1", from: 25, to: 30 }, { t: "b", s: "c1", from: 15, to: 22 },
            { t: "e", s: "u7", n: 5 }, { t: "e", s: "u7", n: 6 },
        ].map((frame) => cursors.accept(frame));
        cursors.adopt({ c1: 1, s: 3 });
        return [seen, cursors.vector()];
    }""")
    assert verdicts == [
        ["next", "old", "gap", "next", "old", "gap", "next", "next", "next"],
        {"c1": 22, "u7": 6, "s": 3},
    ]


def test_a_cid_is_a_uuid_of_version_4(page):
    cids = page.evaluate("""async () => {
        const { newCid } = await import("/js/cid.js");
        return [newCid(), newCid()];
    }""")
    assert cids[0] != cids[1]
    assert [cid[14] for cid in cids] == ["4", "4"]
    assert [len(cid) for cid in cids] == [36, 36]


OUTBOX = """
const { Outbox } = await import("/js/live/outbox.js");
const { memory } = await import("/js/live/store.js");
const sent = [];
const waiting = [];
const send = (entry) => {
    sent.push(`${entry.stream}:${entry.text}:${entry.cid}`);
    return new Promise((resolve) => waiting.push(resolve));
};
const store = memory();
const later = [];
const outbox = new Outbox({ store, send, member: "7", later: (run) => later.push(run) });
const turn = () => new Promise((resolve) => setTimeout(resolve));
const put = (cid, stream) => outbox.add({ cid, url: "/x/", stream, root: "", text: `text ${cid}` });
"""


def test_posts_leave_in_order_and_each_channel_by_itself(page):
    sent, left = page.evaluate(f"""async () => {{ {OUTBOX}
        put("a", "c1"); put("b", "c1"); put("c", "c2");
        await turn();
        const first = [...sent];
        waiting.shift()({{ ok: true }});
        await turn();
        return [[first, [...sent]], (await store.all()).map((entry) => entry.cid)];
    }}""")
    assert sent == [["c1:text a:a", "c2:text c:c"], ["c1:text a:a", "c2:text c:c", "c1:text b:b"]]
    assert left == ["b", "c"]


def test_a_lost_answer_is_asked_for_again_with_the_same_cid(page):
    sent, states = page.evaluate(f"""async () => {{ {OUTBOX}
        put("a", "c1"); put("b", "c1");
        await turn();
        waiting.shift()({{ ok: false, status: 0, error: "" }});
        await turn();
        const states = outbox.entries.map((entry) => entry.state);
        later.shift()();
        await turn();
        waiting.shift()({{ ok: true }});
        await turn();
        return [sent, states];
    }}""")
    assert sent == ["c1:text a:a", "c1:text a:a", "c1:text b:b"]
    assert states == ["failed", "queued"]


def test_a_refused_post_waits_for_its_author_and_lets_the_next_one_pass(page):
    sent, states = page.evaluate(f"""async () => {{ {OUTBOX}
        put("a", "c1"); put("b", "c1");
        await turn();
        waiting.shift()({{ ok: false, status: 403, error: "no" }});
        await turn();
        return [sent, outbox.entries.map((entry) => `${{entry.cid}} ${{entry.state}}`)];
    }}""")
    assert sent == ["c1:text a:a", "c1:text b:b"]
    assert states == ["a failed", "b sending"]


def test_the_live_echo_acknowledges_before_the_answer_does(page):
    cids = page.evaluate(f"""async () => {{ {OUTBOX}
        put("a", "c1");
        await turn();
        outbox.acknowledge("a");
        waiting.shift()({{ ok: false, status: 0, error: "" }});
        await turn();
        return [outbox.entries.length, (await store.all()).length, later.length];
    }}""")
    assert cids == [0, 0, 0]


def test_what_somebody_else_left_unsent_is_thrown_away(page):
    sent, stored = page.evaluate(f"""async () => {{ {OUTBOX}
        await store.put({{ cid: "x", member: "8", stream: "c1", text: "of another", at: 1 }});
        await store.put({{ cid: "y", member: "7", stream: "c1", text: "mine", at: 2 }});
        await outbox.restore();
        await turn();
        return [sent, (await store.all()).map((entry) => entry.cid)];
    }}""")
    assert sent == ["c1:mine:y"]
    assert stored == ["y"]


def test_unsent_posts_survive_a_reload_in_each_kind_of_store(page, static_origin):
    keep = """async (broken) => {
        if (broken) Object.defineProperty(window, "indexedDB", { value: undefined });
        const { openStore } = await import("/js/live/store.js");
        const store = await openStore();
        const found = (await store.all()).map((entry) => entry.cid);
        await store.put({ cid: broken ? "b" : "a" });
        return found;
    }"""
    assert page.evaluate(keep, False) == []
    page.reload()
    assert page.evaluate(keep, False) == ["a"]
    page.reload()
    assert page.evaluate(keep, True) == []
    page.reload()
    assert page.evaluate(keep, True) == ["b"]


def test_a_shared_terminal_keeps_unsent_posts_in_memory_only(page):
    keep = """async () => {
        const { openStore } = await import("/js/live/store.js");
        const store = await openStore({ shared: true });
        const found = await store.all();
        await store.put({ cid: "a" });
        return found.length;
    }"""
    assert page.evaluate(keep) == 0
    page.reload()
    assert page.evaluate(keep) == 0


def test_cells_of_a_spreadsheet_become_a_table(page):
    found = page.evaluate("""async () => {
        const { tableOf } = await import("/js/tools.js");
        const given = ["課\\t件数\\r\\n窓口|総合\\t12\\r\\n税務\\r\\n", "一行\\tだけ", "表\\nでない"];
        return given.map(tableOf);
    }""")
    assert found == ["| 課 | 件数 |\n| --- | --- |\n| 窓口\\|総合 | 12 |\n| 税務 |  |", None, None]


def test_a_mark_that_was_taken_off_elsewhere_goes_with_the_page_fetched_again(page):
    def channel(viewer: str) -> str:
        button = '<button data-stamp="otsukare" aria-label="おつかれさま"></button>'
        post = f'<article id="post-5" data-post="5" data-v="1" data-at="1.0">{button}</article>'
        block = f'<script id="viewer" type="application/json">{viewer}</script>'
        timeline = f'<div id="timeline" data-stream="c1" data-n="1">{post}</div>'
        return f'<!doctype html><body data-member="7">{timeline}{block}</body>'

    answers = iter([channel('{"reactions": {"5": ["otsukare"]}, "saved": [5]}'), channel("{}")])
    page.route(
        "**/bare", lambda route: route.fulfill(body=next(answers), content_type="text/html; charset=utf-8")
    )
    page.reload()
    seen = page.evaluate(
        """async () => {
          const { learnFromPage, markAll } = await import("/js/viewer-marks.js");
          const { refetch } = await import("/js/live/refetch.js");
          const look = () => {
            const post = document.getElementById("post-5");
            const { ariaPressed, ariaLabel } = post.querySelector("button");
            return [post.hasAttribute("data-kept"), ariaPressed, ariaLabel];
          };
          learnFromPage();
          markAll();
          const before = look();
          await refetch();
          return [before, look()];
        }"""
    )
    assert seen == [
        [True, "true", "おつかれさま、あなたも押しています"],
        [False, "false", "おつかれさま"],
    ]
