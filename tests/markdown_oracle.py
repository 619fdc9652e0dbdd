"""What rendered Markdown may be, written down a second time and read by another parser.

Nothing is imported from kyoso.lib.markdown: a name that is added there and not here is a finding. The
standard library's parser walks the result; a second look at the bare signs holds that no other parser can
read it otherwise.
"""

import re
from collections.abc import Callable
from html.parser import HTMLParser

from hypothesis import strategies as st

VOID = {"br", "hr"}
TAGS = {
    *("a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "hr", "li", "ol", "p", "pre", "s", "span"),
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
VALUES = {
    ("a", "href"): r"(?i:https?://|mailto:)[^\x00-\x20\x7f\"<>`]*|/(?![/\\])[^\x00-\x20\x7f\"<>`]*",
    ("a", "rel"): "noopener nofollow ugc",
    ("ol", "start"): r"\d{1,9}",
    ("th", "data-align"): "left|center|right",
    ("td", "data-align"): "left|center|right",
    ("span", "class"): "ky-mention",
    ("span", "data-mention"): r"(?:[mo][1-9]\d*|a)(?: (?:[mo][1-9]\d*|a))*",
}
# Every < begins a tag as we write it, every > ends one, every & is a reference; nothing is left to guess.
TAG = re.compile(r"</?[a-z][a-z0-9]*(?: [a-z-]+=\"[^\"<>]*\")*>")
LOOSE = re.compile(r"[<>]|&(?!(?:amp|lt|gt|quot|nbsp|#39);)")
LETTERS = re.compile("[ぁ-ヿ一-鿿]")
# What Markdown drops by its own rules: references and titles, the word after a fence, cells beyond the head.
DROPPING = re.compile(r"\[|```|~~~|\||&|\\|%|xn--")


class Oracle(HTMLParser):
    """Walks a result; `violations` is what should not be there, `text` what a reader sees."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.violations: list[tuple[str, object]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        self.violations += [("left open", tag) for tag in self.open]
        self.violations += [("loose sign", sign) for sign in LOOSE.findall(TAG.sub("", html))]

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.violations.append(("tag", tag))
        if len({name for name, _ in attrs}) != len(attrs):
            self.violations.append(("twice", attrs))
        for name, value in attrs:
            if not re.fullmatch(VALUES.get((tag, name), r"(?!)"), value or ""):
                self.violations.append((f"{tag} {name}", value))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.violations.append(("unbalanced", tag))

    def handle_startendtag(self, tag, attrs):
        self.violations.append(("xml", tag))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.violations.append(("comment", data))

    def handle_decl(self, decl):
        self.violations.append(("declaration", decl))

    def handle_pi(self, data):
        self.violations.append(("instruction", data))

    def unknown_decl(self, data):
        self.violations.append(("declaration", data))


def violations(text: str, html: str) -> list[tuple[str, object]]:
    """What is wrong with `html` as the rendering of `text`; letters may not get lost or change places."""
    oracle = Oracle(html)
    found = list(oracle.violations)
    if not DROPPING.search(text) and LETTERS.findall(text) != LETTERS.findall(oracle.text):
        found.append(("text", oracle.text))
    return found


def _somebody(rest: str) -> tuple[int, str] | None:
    return (min(3, len(rest)), "m7 o12 a") if rest else None


def _hostile(rest: str) -> tuple[int, str] | None:
    """A finder gone wrong: its mark is what was typed."""
    return (len(rest), rest) if rest else None


FINDERS: list[Callable | None] = [None, _somebody, _hostile]

HOSTILE = [
    *("<script>", "</script>", "<img src=x onerror=a>", "<svg/onload=a>", "<!--", "-->", "<![CDATA[", "<?x"),
    *(
        "<a href='",
        "<iframe srcdoc=",
        "style=",
        "onclick=x",
        "javascript:",
        "JaVa\tScript:",
        "data:text/html,",
    ),
    *(
        "vbscript:",
        "&#106;avascript:",
        "&colon;",
        "&lt;",
        "&#x3C;",
        "&amp;",
        "&quot;",
        "\x00",
        "\ufffd",
        "\u202e",
    ),
    *(
        "\u2028",
        "\ufeff",
        "\U000e0100",
        "file://",
        "//evil.example",
        "ftp://x",
        "%3Cscript%3E",
        "</p>",
        "</span>",
    ),
    *('" onmouseover="', '<span class="ky-mention" data-mention="m1">', "m1", 'm7"><b>', "<math><style>"),
]
MARKS = [
    *("](", "](<", "[", "]", ")", "![", "[a]: ", '"', "'", "<", ">", "`", "```", "~~~", "**", "*", "__", "_"),
    *("~~", "|", "|-|\n", "|a|b|\n|:-|-:|\n|", "\n", "\n\n", "    ", "- ", "1. ", "999999999. ", "> ", "# "),
    *(
        "###### ",
        "---\n",
        "===\n",
        "\\",
        "  \n",
        "https://x.jp/",
        "mailto:a@x.jp",
        "<https://x.jp>",
        "www.x.jp",
    ),
    *("@", "＠", "a@b.jp", "\t"),
]
WORDS = ["窓口", "あ", "カタカナ、", "「", "。", "(", " ", "\u3000", "x", "1", "葛\U000e0100城"]

PIECES = HOSTILE + MARKS + WORDS
RAW = 230  # a byte from here on takes the two that follow it as one sign of Unicode


def _decoded(content: bytes) -> tuple[str, Callable | None]:
    """A text and a finder from bytes: one draw for a text is many times quicker than one for each sign."""
    taken = iter(content[1:])
    said = [
        _sign(next(taken, 0), next(taken, 0)) if number >= RAW else PIECES[number % len(PIECES)]
        for number in taken
    ]
    return "".join(said), FINDERS[content[0] % len(FINDERS)]


def _sign(high: int, low: int) -> str:
    number = high * 256 + low
    return chr(number + 0x10000 * (low % 3)) if not 0xD800 <= number <= 0xDFFF else "\ufffd"


# (text, finder): up to 40 pieces, among them any sign of the first three planes.
cases: st.SearchStrategy[tuple[str, Callable | None]] = st.binary(min_size=2, max_size=41).map(_decoded)
