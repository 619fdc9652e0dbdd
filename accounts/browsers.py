"""What a browser says about itself, in words a member recognises."""

import re

from django.http import HttpRequest

UNKNOWN = "不明なブラウザー"
# In this order: Edge also says Chrome, Chrome also says Safari.
BROWSERS = [
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
]
BROWSERS += [("Chrome", "Chrome"), ("Safari", "Safari")]
SYSTEMS = [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")]
SYSTEMS += [("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux")]


def browser_of(request: HttpRequest) -> str:
    """The browser of a request in words."""
    return browser_name(request.headers.get("User-Agent", ""))


def browser_name(user_agent: str) -> str:
    """「Chrome（Windows）」 for a User-Agent; versions are left out, so that an update is no new browser."""
    browser = _first(BROWSERS, user_agent)
    system = _first(SYSTEMS, user_agent)
    if not browser:
        return UNKNOWN
    return f"{browser}（{system}）" if system else browser


def _first(marks: list[tuple[str, str]], user_agent: str) -> str:
    return next((name for mark, name in marks if re.search(rf"{re.escape(mark)}\b", user_agent)), "")
