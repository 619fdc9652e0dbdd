"""place.js: strings become posts on the page, once, in order, and without the reader noticing."""

import pytest

from tests.browser.test_modules import page, static_origin

__all__ = ["page", "static_origin"]
pytestmark = pytest.mark.browser

STAGE = """
const { place } = await import("/js/place.js");
const { setPressed } = await import("/js/viewer-marks.js");
document.body.innerHTML = `<div class="ky-app__scroll" id="posts"><div data-empty>まだ投稿がありません</div>
    <div id="timeline" data-stream="c1" data-n="1" data-newest="1"></div></div>
    <div class="ky-app__scroll"><div id="thread-posts" data-thread-of="5" data-newest="1"></div></div>`;
const post = (id, at, { v = 1, root = "", author = 8, channel = "c1", text = "本文" } = {}) =>
    `<article class="ky-post" id="post-${id}" data-post="${id}" data-v="${v}" data-channel="${channel}"
    data-root="${root}" data-author="${author}" data-cid="cid-${id}" data-at="${at}.000000">
    <p>${text}</p><button data-stamp="onaji" aria-pressed="false" aria-label="同じ悩み 3団体"></button>
    <a data-picker href="/posts/${id}/reactions/">スタンプ</a></article>`;
const ids = (home) => [...document.querySelectorAll(`#${home} > article`)].map((article) => article.id);
"""
NOON = 1795489200  # 2026-11-24 12:00 in Japan
DAY = 86400


def run(page, script: str):
    """The value of a script that places posts on an empty channel page."""
    return page.evaluate(f"async () => {{ {STAGE} const noon = {NOON}; const day = {DAY}; {script} }}")


def test_posts_stand_in_the_order_of_their_time_then_id(page):
    found = run(
        page,
        """for (const [id, at] of [[2, noon], [4, noon + 9], [1, noon], [3, noon + 5]]) place(post(id, at));
        return [ids("timeline"), document.querySelector("[data-empty]")];""",
    )
    assert found == [["post-1", "post-2", "post-3", "post-4"], None]


def test_only_a_newer_version_replaces_and_nothing_is_doubled(page):
    found = run(
        page,
        """place(post(1, noon, { v: 2, text: "二版" }));
        place(post(1, noon, { v: 1, text: "初版" }));
        const before = document.querySelector("#post-1 p").textContent;
        place(post(1, noon, { v: 3, text: "三版" }));
        return [before, document.querySelector("#post-1 p").textContent, ids("timeline")];""",
    )
    assert found == ["二版", "三版", ["post-1"]]


def test_a_copy_in_the_thread_is_replaced_and_keeps_its_id(page):
    found = run(
        page,
        """place(post(5, noon));
        const copy = document.getElementById("post-5").cloneNode(true);
        copy.id = "thread-post-5";
        document.getElementById("thread-posts").before(copy);
        place(post(5, noon, { v: 2, text: "直した" }));
        return [...document.querySelectorAll("[data-post='5']")].map((one) => [one.id, one.dataset.v]);""",
    )
    assert found == [["post-5", "2"], ["thread-post-5", "2"]]


def test_replies_go_to_their_open_thread_and_nowhere_else(page):
    found = run(
        page,
        """place(post(11, noon, { root: 5 }));
        place(post(12, noon, { root: 6 }));
        place(post(13, noon, { channel: "c2" }));
        return [ids("timeline"), ids("thread-posts")];""",
    )
    assert found == [[], ["post-11"]]


def test_a_page_of_older_posts_takes_no_new_one(page):
    found = run(
        page,
        """place(post(1, noon));
        document.getElementById("timeline").dataset.newest = "0";
        place(post(2, noon + 5), { live: true });
        return ids("timeline");""",
    )
    assert found == ["post-1"]


def test_a_post_older_than_the_page_is_not_drawn_when_there_are_older_pages(page):
    found = run(
        page,
        """place(post(3, noon));
        document.getElementById("posts").insertAdjacentHTML("afterbegin", "<a data-older href='?'>前</a>");
        place(post(1, noon - 5));
        return ids("timeline");""",
    )
    assert found == ["post-3"]


def test_days_are_separated_once_whatever_the_order(page):
    found = run(
        page,
        """const given = [[3, noon], [1, noon - day], [2, noon - 60], [4, noon + day]];
        for (const [id, at] of given) place(post(id, at));
        return [...document.querySelectorAll("#timeline > *")].map((one) => one.id || one.textContent);""",
    )
    assert found == [
        "2026年11月23日（月）",
        "post-1",
        "2026年11月24日（火）",
        "post-2",
        "post-3",
        "2026年11月25日（水）",
        "post-4",
    ]


def test_the_focus_stays_where_it_was_when_a_post_is_replaced(page):
    found = run(
        page,
        """place(post(1, noon));
        document.querySelector("#post-1 [data-picker]").focus();
        place(post(1, noon, { v: 2 }));
        const { activeElement } = document;
        return [activeElement.closest("article").dataset.v, activeElement.hasAttribute("data-picker")];""",
    )
    assert found == ["2", True]


def test_what_concerns_the_reader_is_put_on_in_the_browser(page):
    found = run(
        page,
        """setPressed(1, ["onaji"]);
        place(post(1, noon, { author: 7 })); place(post(2, noon + 1));
        return ["post-1", "post-2"].map((id) => {
            const button = document.querySelector(`#${id} button`);
            const label = button.getAttribute("aria-label");
            const isMine = document.getElementById(id).hasAttribute("data-mine");
            return [isMine, button.getAttribute("aria-pressed"), label];
        });""",
    )
    assert found == [
        [True, "true", "同じ悩み 3団体、あなたも押しています"],
        [False, "false", "同じ悩み 3団体"],
    ]
