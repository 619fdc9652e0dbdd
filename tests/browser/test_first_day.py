"""A newcomer's first day, over everything at once: by mouse, by keyboard alone, on a phone.

They find a channel, join, read from the first unread post, press 同じ悩み, ask a question that addresses
somebody, get an answer, accept it and keep it for later. Each page is clean for axe in light and dark, no
script complains, nothing is asked of another host.
"""

from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from channels_app.models import Bookmark, Channel, Mention, Notification, Post, Question
from tests import factories
from tests.browser.walker import DESKTOP, PHONE, Walker, walker
from tests.people import person
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MENTION = "@三浦 健太（岩手県 盛岡市）"


@dataclass
class Newcomer:
    """Somebody at a browser who presses things by mouse or by keyboard, and looks at each page twice."""

    at: Walker
    by_keyboard: bool
    wrong: dict[str, list] = field(default_factory=dict)

    @property
    def page(self):
        return self.at.page

    def press(self, thing) -> None:
        """Activate a link or a button."""
        if self.by_keyboard:
            thing.focus()
            self.page.keyboard.press("Enter")
        else:
            thing.click()

    def press_tool(self, post_id: int, tool: str) -> None:
        """Activate a tool of a post, which shows itself on the way to it."""
        article = self.page.locator(f"#post-{post_id}")
        if not self.by_keyboard:
            article.hover()
        self.press(article.locator(tool))

    def look(self, name: str) -> None:
        """Have axe look at the page in light and dark."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found = Axe().run(self.page).response["violations"]
            if found:
                self.wrong[f"{name}, {scheme}"] = [(one["id"], one["nodes"][0]["html"]) for one in found]
        too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        if self.page.evaluate(too_wide):
            self.wrong[f"{name}, too wide"] = []


@pytest.fixture(params=["mouse", "keyboard", "phone"])
def newcomer(request, live_site, chromium):
    """Tanaka, new here, in front of a browser; at the end nobody has complained."""
    made = walker(chromium, live_site.origin, PHONE if request.param == "phone" else DESKTOP)
    strangers, errors = [], []
    made.page.on(
        "request", lambda asked: strangers.append(asked.url) if is_strange(asked.url, made) else None
    )
    made.page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield Newcomer(made, request.param == "keyboard")
    made.context.close()
    assert (made.complaints, errors, strangers) == ([], [], [])


def is_strange(address: str, at: Walker) -> bool:
    return not address.startswith((at.origin + "/", at.origin.replace("http", "ws") + "/", "data:", "blob:"))


def find_and_join(one: Newcomer) -> None:
    """From home to the directory, a search in it, and into the channel."""
    one.look("home")
    one.at.open("/channels/")
    one.page.fill("main [name=q]", "書かない")
    one.page.press("main [name=q]", "Enter")
    expect(one.page.locator("tbody tr[id]")).to_have_count(1)
    one.look("directory")
    one.press(one.page.locator("tbody button", has_text="参加する"))
    expect(one.page.locator("tbody tr[id] .ky-in")).to_have_text("参加中")


def read_and_agree(one: Newcomer, first: Post) -> None:
    """The first unread post, and its 同じ悩み."""
    one.at.open("/channels/madoguchi-dx/")
    one.page.wait_for_selector("body[data-live=live]")
    expect(one.page.locator(f".ky-new ~ #post-{first.pk}")).to_be_in_viewport()
    one.page.wait_for_selector("body[data-awake]")
    one.look("channel")
    one.press_tool(first.pk, "[data-picker]")
    one.page.wait_for_selector(".ky-picker")
    one.look("picker")
    one.press(one.page.locator(".ky-picker__row", has_text="同じ悩み"))
    pressed = one.page.locator(f"#post-{first.pk} [data-stamp=onaji]")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    expect(pressed).to_have_attribute("aria-label", "同じ悩み 1団体（5万人未満 1）、あなたも押しています")


def ask(one: Newcomer) -> Question:
    """A question with a title that addresses Miura out of the list after @."""
    one.at.open("/channels/madoguchi-dx/")
    one.page.wait_for_selector("body[data-live=live]")
    field = one.page.locator("#composer textarea")
    field.focus()
    one.page.get_by_label("質問として投稿").check()
    one.page.get_by_label("質問の見出し").fill("書かない窓口の始め方")
    field.focus()
    field.press_sequentially("@みう")
    expect(one.page.get_by_role("option")).to_have_count(1)
    one.look("composer")
    one.page.keyboard.press("Enter")
    one.page.keyboard.type("さん、何から始めましたか。")
    one.page.keyboard.press("Control+Enter")
    until(lambda: Question.objects.filter(post__n__gt=0).exists(), what="the question is asked")
    return Question.objects.select_related("post").get()


def accept(one: Newcomer, question: Question, answer: Post) -> None:
    """The inbox tells of the answer; in the thread it is accepted and kept for later."""
    one.at.open("/inbox/")
    expect(one.page.locator(".ky-inbox__item")).to_have_count(1)
    one.look("inbox")
    one.press(one.page.locator(".ky-inbox__what a"))
    expect(one.page.locator(f"#thread #post-{answer.pk}")).to_be_in_viewport()
    one.page.wait_for_selector("body[data-awake]")
    one.look("thread")
    for deed in ("答えとして採用する", "あとで読む"):
        one.press_tool(answer.pk, "[data-menu]")
        one.press(one.page.get_by_role("menuitem", name=deed))
        expect(one.page.get_by_role("menu")).to_have_count(0)
    expect(one.page.locator(f"#post-{answer.pk} .ky-solved")).to_have_text("採用された答え")
    until(lambda: Bookmark.objects.filter(post=answer).exists(), what="it is kept")
    one.at.open("/bookmarks/")
    expect(one.page.locator(".ky-inbox__text")).to_have_text("まず一つの課で試しました。")
    one.look("bookmarks")


def test_the_first_day(newcomer):
    tanaka, miura = person("tanaka"), person("miura")
    tanaka.affiliation.organisation.__class__.objects.filter(slug="394017").update(population=6_000)
    channel = factories.channel("madoguchi-dx", miura, purpose="書かない窓口の話")
    factories.channel("zeimu", miura, name="税務", purpose="課税の話")
    for number in range(5):
        factories.post(miura, channel, f"前からの話 {number}")
    newcomer.at.sign_in(tanaka)
    find_and_join(newcomer)
    channel = Channel.objects.get(slug="madoguchi-dx")
    first, *_ = [factories.post(miura, channel, f"新しい話 {number}") for number in range(12)]
    read_and_agree(newcomer, first)
    question = ask(newcomer)
    assert question.post.text.startswith(MENTION)
    assert Mention.objects.get().post == question.post
    answer = factories.post(miura, channel, "まず一つの課で試しました。", root=question.post)
    until(lambda: Notification.objects.filter(member=tanaka).exists(), what="the answer's job is through")
    accept(newcomer, question, answer)
    question.refresh_from_db()
    assert (question.answer, newcomer.wrong) == (answer, {})
