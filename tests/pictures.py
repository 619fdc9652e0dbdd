"""Take the pictures in docs/screenshots/: every page of the demo community, on a desk and on a phone.

`make pictures` runs it against a demo site of its own under var/pictures.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from channels_app.demo.accounts import PASSWORD, demo_accounts
from tests.waiting import free_port, until

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / "docs/screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
]
SIZES = {"1366": {"width": 1366, "height": 768}, "390": {"width": 390, "height": 844}}
QUESTION = "転入と国保を、1回の聞き取りで終えられますか"


@dataclass
class Photographer:
    """One browser page that shoots what it sees into docs/screenshots/<name>-<width>.png."""

    page: Page
    origin: str
    width: str

    def open(self, path: str) -> None:
        """Go to a page and wait until its live line has settled, where there is one."""
        self.page.goto(self.origin + path)
        with contextlib.suppress(Exception):
            self.page.wait_for_selector("[data-live-state=instant]", timeout=3_000)

    def shoot(self, name: str, path: str | None = None) -> None:
        """Open `path` if given, and take the picture."""
        if path:
            self.open(path)
        self.page.screenshot(path=FOLDER / f"{name}-{self.width}.png")

    def sign_in(self, address: str) -> None:
        """Log in with a demo account."""
        self.open("/accounts/login/")
        self.page.fill("[name=login]", address)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url("**/home/")


def shoot_public(camera: Photographer) -> None:
    """The pages of visitors, with an application up to its receipt."""
    for name, path in [
        ("landing", "/"),
        ("login", "/accounts/login/"),
        ("reset", "/accounts/password/reset/"),
    ]:
        camera.shoot(name, path)
    camera.shoot("not-found", "/nowhere/")
    page = camera.page
    camera.open("/accounts/signup/")
    page.fill("[name=email]", "someone@gmail.com")
    page.get_by_role("button", name="6桁の数字を送る").click()
    camera.shoot("signup-address-refused")
    camera.shoot("signup-address", "/accounts/signup/")
    address = f"sato-{camera.width}@town.shimanto.lg.jp"
    page.fill("[name=email]", address)
    page.get_by_role("button", name="6桁の数字を送る").click()
    camera.shoot("signup-code")
    camera.shoot("mail", "/mail/")
    code = re.search(r"(\d{3}) (\d{3})", page.locator("main").inner_text())
    camera.open("/accounts/signup/code/")
    page.fill("[name=code]", "".join(code.groups()))
    page.get_by_role("button", name="確かめて進む").click()
    camera.shoot("signup-details")
    for field, text in [("section", "総務課"), ("name", "佐藤 景子"), ("kana", "さとう けいこ")]:
        page.fill(f"[name={field}]", text)
    page.fill("[name=password]", "yuyake no hashi 2026")
    page.get_by_role("button", name="行動規範へ進む").click()
    camera.shoot("signup-conduct")
    page.check("[name=accept]")
    page.get_by_role("button", name="申し込む").click()
    camera.shoot("signup-received")
    status = page.locator("a[href*='/accounts/signup/status/']").first
    camera.shoot("signup-status", status.get_attribute("href"))


ACCOUNT_PAGES = {
    "account": "/accounts/",
    "sessions": "/accounts/sessions/",
    "second-factor": "/accounts/second-factor/",
    "profile-edit": "/members/me/edit/",
    "closing": "/members/me/closing/",
    "invitations": "/members/invitations/",
    "organisations": "/organisations/?prefecture=39",
    "organisation": "/organisations/394017/",
    "conduct": "/conduct/",
}
SCREENS = {
    "inbox": "/inbox/",
    "bookmarks": "/bookmarks/",
    "drafts": "/drafts/",
    "scheduled": "/scheduled-posts/",
    "preferences": "/accounts/preferences/",
    "help": "/help/",
    "connection-check": "/help/connection/",
    "search": "/search/?q=転入 国保",
    "search-none": "/search/?q=すみれの花",
    "search-error": "/search/?q=" + "あ" * 101,
    "switch": "/switch/?q=madogu",
    "questions": "/channels/madoguchi-dx/questions/?state=all",
    "pins": "/channels/madoguchi-dx/pins/",
    "guide": "/channels/madoguchi-dx/guide/",
    "participants": "/channels/madoguchi-dx/members/",
    "channel-settings": "/channels/madoguchi-dx/settings/",
    "arrangement": "/channels/arrangement/",
    "proposals": "/channels/proposals/",
    "proposal-new": "/channels/proposals/new/",
    "group-new": "/channels/groups/new/",
    "directs": "/directs/?q=みうら",
    "channels-none": "/channels/?q=すみれ",
    "members-none": "/members/?q=すみれ",
    "channel-empty": "/channels/chiiki-tottori/",
    "channel-announcement": "/channels/kuni-kara/",
}
DARK = {
    "home-dark": "/home/",
    "inbox-dark": "/inbox/",
    "search-dark": "/search/?q=国保",
    "preferences-dark": "/accounts/preferences/",
    "landing-dark": "/",
    "not-found-dark": "/nowhere/",
}
DESK_PAGES = {
    "desk-organisations": "/secretariat/organisations/?prefecture=39",
    "desk-organisation": "/secretariat/organisations/394017/",
    "desk-organisation-new": "/secretariat/organisations/new/",
    "desk-uploads": "/secretariat/organisations/uploads/",
    "desk-ambassadors": "/secretariat/ambassadors/",
    "desk-audit": "/secretariat/audit/",
    "desk-jobs": "/secretariat/jobs/",
    "desk-channels": "/secretariat/channels/",
    "desk-channel": "/secretariat/channels/madoguchi-dx/",
    "desk-proposals": "/secretariat/proposals/",
    "desk-stamps": "/secretariat/stamps/",
}


def shoot_account(camera: Photographer) -> None:
    """A member's own pages, and those about organisations."""
    for name, path in ACCOUNT_PAGES.items():
        camera.shoot(name, path)


def shoot_member(camera: Photographer) -> None:
    """What a clerk of a small town sees."""
    for name, path in [("home", "/home/"), ("channels", "/channels/"), ("members", "/members/")]:
        camera.shoot(name, path)
    camera.shoot("channel", "/channels/madoguchi-dx/")
    post = camera.page.locator("#timeline .ky-post", has_text=QUESTION).first
    post_id, author = post.get_attribute("data-post"), post.get_attribute("data-author")
    post.locator("a[data-thread]").first.click()
    camera.page.wait_for_selector("#thread-posts .ky-post")
    camera.shoot("thread")
    camera.shoot("stamps", f"/posts/{post_id}/reactions/")
    camera.shoot("menu", f"/posts/{post_id}/menu/")
    camera.shoot("member", f"/members/{author}/")
    camera.open("/channels/kakikomi-renshuu/")
    camera.page.fill("#composer [name=text]", "はじめて書き込みます。\n- **太字**と\n- 箇条書きを試します")
    camera.shoot("composer")


def shoot_stamps(camera: Photographer) -> None:
    """Choosing a stamp, telling another view, and who pressed what."""
    camera.open("/channels/madoguchi-dx/")
    post = camera.page.locator("#timeline .ky-post", has_text=QUESTION).first
    post_id = post.get_attribute("data-post")
    post.locator("[data-picker]").click()
    camera.page.wait_for_selector(".ky-picker")
    camera.shoot("picker")
    camera.page.get_by_role("searchbox", name="スタンプをさがす").fill("たすか")
    camera.shoot("picker-search")
    camera.page.get_by_role("searchbox", name="スタンプをさがす").fill("")
    camera.page.locator(".ky-picker__row[data-stamp=chigau]").click()
    camera.page.wait_for_selector("dialog textarea")
    camera.shoot("doubt")
    camera.shoot("who-reacted", f"/posts/{post_id}/reactions/onaji/members/")


def shoot_screens(camera: Photographer) -> None:
    """Every other page of a member, with the empty and the refused ones, and the two dialogs of the keys."""
    for name, path in SCREENS.items():
        camera.shoot(name, path)
    if camera.width == "390":
        return
    camera.open("/home/")
    camera.page.wait_for_selector("body[data-awake]")
    camera.page.keyboard.press("Control+k")
    camera.page.wait_for_selector("dialog a")
    camera.shoot("switch-dialog")
    camera.page.keyboard.press("Escape")
    camera.page.wait_for_selector("dialog", state="detached")
    camera.page.keyboard.press("?")
    camera.page.wait_for_selector("dialog table")
    camera.shoot("keys-dialog")


def shoot_print(camera: Photographer) -> None:
    """A channel as it looks on paper."""
    camera.open("/channels/madoguchi-dx/")
    camera.page.emulate_media(media="print")
    camera.shoot("channel-print")


def shoot_desk(camera: Photographer) -> None:
    """What the secretariat sees."""
    camera.shoot("desk", "/secretariat/registrations/")
    row = camera.page.locator(".ky-case a").nth(2)
    camera.shoot("desk-case", row.get_attribute("href"))
    camera.shoot("member-for-secretariat", "/members/2/")
    for name, path in DESK_PAGES.items():
        camera.shoot(name, path)


@contextlib.contextmanager
def demo_site() -> Iterator[str]:
    """A demo site in a folder and on a port of its own; gives its origin."""
    var, port = PROJECT / "var/pictures", free_port()
    shutil.rmtree(var, ignore_errors=True)
    environment = os.environ | {"KYOSO_VAR": str(var), "PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    site = subprocess.Popen([sys.executable, "manage.py", "run"], cwd=PROJECT, env=environment)
    origin = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(origin), what="the demo site answers", limit=300)
        yield origin
    finally:
        site.send_signal(signal.SIGINT)
        site.wait(30)


def _answers(origin: str) -> bool:
    try:
        return urllib.request.urlopen(f"{origin}/readyz", timeout=5).status == 200
    except OSError:
        return False


def shoot_all(browser: Browser, origin: str) -> None:
    """Every page in both sizes, light; the channel once more in the dark."""
    accounts = {label: address for label, address, _ in demo_accounts()}
    clerk, secretariat = accounts["会員（町の情報担当）"], accounts["事務局"]
    for width, size in SIZES.items():
        acts = [(shoot_public, ""), (shoot_member, clerk), (shoot_account, clerk), (shoot_stamps, clerk)]
        acts += [(shoot_screens, clerk), (shoot_print, clerk), (shoot_desk, secretariat)]
        for act, address in acts:
            context = browser.new_context(viewport=size, locale="ja-JP", timezone_id="Asia/Tokyo")
            camera = Photographer(context.new_page(), origin, width)
            if address:
                camera.sign_in(address)
            act(camera)
            context.close()
    context = browser.new_context(viewport=SIZES["1366"], locale="ja-JP", color_scheme="dark")
    camera = Photographer(context.new_page(), origin, "1366")
    camera.sign_in(clerk)
    camera.shoot("channel-dark", "/channels/madoguchi-dx/")
    for name, path in DARK.items():
        if name == "landing-dark":
            context.clear_cookies()
        camera.shoot(name, path)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo_site() as origin, sync_playwright() as driver:
        shoot_all(driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS), origin)
