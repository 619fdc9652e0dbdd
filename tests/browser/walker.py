"""A person at a browser: signs in, opens pages, and notices every script error and policy violation."""

from dataclasses import dataclass, field

from tests.people import PASSWORD

DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@dataclass
class Walker:
    """One browser context with one page on one site."""

    context: object
    page: object
    origin: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str):
        """Go to a path of the site."""
        return self.page.goto(self.origin + path)

    def sign_in(self, member) -> None:
        """Log in as one of the cast."""
        self.sign_in_as(member.email, PASSWORD)

    def sign_in_as(self, address: str, password: str) -> None:
        """Log in through the form."""
        self.open("/accounts/login/")
        self.page.fill("[name=login]", address)
        self.page.fill("[name=password]", password)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url("**/home/")

    def read_channel(self, slug: str) -> None:
        """Open a channel and wait until it is live."""
        self.open(f"/channels/{slug}/")
        self.page.wait_for_selector("[data-live-state=instant], [data-live-state=near]")

    def say(self, text: str, form: str = "#composer") -> None:
        """Write into a composer and send by Ctrl+Enter."""
        field = self.page.locator(f"{form} [name=text]")
        field.fill(text)
        field.press("Control+Enter")

    def posts(self):
        """The posts of the timeline."""
        return self.page.locator("#timeline .ky-post")


def walker(browser, origin: str, viewport: dict = DESKTOP) -> Walker:
    """A fresh profile with an empty page that listens for complaints."""
    context = browser.new_context(viewport=viewport, locale="ja-JP", timezone_id="Asia/Tokyo")
    context.set_default_timeout(20_000)
    made = Walker(context, context.new_page(), origin)
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on(
        "console",
        lambda message: made.complaints.append(message.text) if "Content Security" in message.text else None,
    )
    return made
