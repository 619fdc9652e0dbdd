"""Members' Markdown to safe HTML: two independent layers."""

import html as entities
import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

import nh3
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("table", "thead", "tbody", "tr", "th", "td", "hr", "h3", "h4", "h5", "span"),
}
ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "th": {"data-align"},
    "td": {"data-align"},
    "span": {"data-mention"},
}
CLASSES = {"span": {"ky-mention"}}
SCHEMES = {"http", "https", "mailto"}
# A whole address, or a path of this site; //host and http:host would lead elsewhere than they look.
ADDRESS = re.compile(r"(?i:https?://|mailto:)[^\s\x00-\x1f\x7f]+|/(?![/\\])[^\s\x00-\x1f\x7f]*")

MENTION_SIGN = re.compile("[@＠]")
MENTION_MARK = re.compile(r"(?:[mo][1-9]\d*|a)(?: (?:[mo][1-9]\d*|a))*")
MENTION_REACH = 240  # characters after the sign that may name somebody: name, organisation and section
MENTIONS_AT_MOST = 30  # signs looked at in one text; what follows stays text
# Given what follows an @, the length of the name in it and its mark ("m7", "o12", "a"), or None.
Finder = Callable[[str], tuple[int, str] | None]


def _ascii_length(text: str) -> int:
    """How many printable ASCII signs `text` begins with."""
    return len(text) - len(re.sub(r"^[!-~]+", "", text))


class AsciiLinks(LinkifyIt):
    """Finds bare addresses and ends them at the first Japanese letter: https://x.jp/をご覧ください."""

    def match_at_start(self, text: str):
        return super().match_at_start(text[: _ascii_length(text)])


class JapaneseInline(StateInline):
    """Emphasis that Japanese can use: only ASCII punctuation decides where it begins and ends.

    CommonMark counts 「、（ and 。 as well and expects a space beyond them, so that **「窓口」**の and
    **窓口。**次 would stay as they are typed. https://github.com/commonmark/commonmark-spec/issues/650
    """

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        """Whether the run of signs at `start` can open, close, and its length."""
        marker, end = self.src[start], start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        space_before, space_after = isWhiteSpace(ord(before)), isWhiteSpace(ord(after))
        sign_before, sign_after = isMdAsciiPunct(ord(before)), isMdAsciiPunct(ord(after))
        left = not (space_after or (sign_after and not (space_before or sign_before)))
        right = not (space_before or (sign_before and not (space_after or sign_after)))
        can_open = left and (canSplitWord or not right or sign_before)
        return Scanned(can_open, right and (canSplitWord or not left or sign_after), end - start)


class JapaneseInlineParser(ParserInline):
    """The inline parser on such states."""

    def parse(self, src: str, md: MarkdownIt, env, tokens: list[Token]) -> list[Token]:
        """Fill `tokens` with the inline tokens of `src`."""
        state = JapaneseInline(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


# Cells that a table may lack in all its rows. The library fills up 65,536: 680 KB out of a short text.
vars(import_module("markdown_it.rules_block.table"))["MAX_AUTOCOMPLETED_CELLS"] = 500
# Layer 1 never lets HTML through; images are links to third hosts and are therefore off.
_parser = MarkdownIt("zero")
_parser.inline = JapaneseInlineParser()
_parser.configure("commonmark", {"html": False, "breaks": True, "linkify": True}).enable(
    ["table", "strikethrough", "linkify"]
)
_parser.linkify = AsciiLinks(options={"fuzzy_link": False}).add("ftp:", None).add("//", None)
_parser.validateLink = lambda url: bool(ADDRESS.fullmatch(url))  # type: ignore[method-assign]
_parser.disable(["image", "html_inline", "html_block", "lheading"])


def _heading_level(self, tokens, idx, options, env) -> str:
    """Posts sit under the page's h1 to h3, so # becomes h3 and nothing is larger."""
    token = tokens[idx]
    token.tag = f"h{min(5, int(token.tag[1]) + 2)}"
    return self.renderToken(tokens, idx, options, env)


def _cell(self, tokens, idx, options, env) -> str:
    """Column alignment as an attribute instead of a style, which the policy forbids."""
    token = tokens[idx]
    style = token.attrGet("style")
    if style:
        del token.attrs["style"]
        token.attrSet("data-align", str(style).removeprefix("text-align:"))
    return self.renderToken(tokens, idx, options, env)


for _name in ("heading_open", "heading_close"):
    _parser.add_render_rule(_name, _heading_level)
for _name in ("th_open", "td_open"):
    _parser.add_render_rule(_name, _cell)


def _mark_mentions(state) -> None:
    """The last step of parsing: names after an @ become spans, except in code and in links."""
    if "find" not in state.env:
        return
    for block in state.tokens:
        if block.type == "inline":
            block.children = list(_with_mentions(block.children or [], state.env))


def _with_mentions(tokens: Sequence[Token], env: dict[str, Any]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type.startswith("link_") else 0
        if token.type != "text" or depth:
            yield token
            continue
        for piece, mark in _pieces(token.content, env):
            text = Token("text", "", 0, content=piece)
            span: dict[str, str | int | float] = {"class": "ky-mention", "data-mention": mark}
            yield from [Token("mention_open", "span", 1, attrs=span)] if mark else []
            yield text
            yield from [Token("mention_close", "span", -1)] if mark else []


def _pieces(text: str, env: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(piece, its mark or "") of a text, in order."""
    start = at = 0
    while (sign := MENTION_SIGN.search(text, at)) and env["left"]:
        env["left"] -= 1
        at = sign.end()
        if found := env["find"](text[at : at + MENTION_REACH]):
            length, mark = found
            at += length
            yield text[start : sign.start()], ""
            yield text[sign.start() : at], mark
            start = at
    yield text[start:], ""


_parser.core.ruler.push("mentions", _mark_mentions)


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """The second layer's look at values: a link leads where it says, a mention is a mark of ours."""
    if attribute == "href" and not ADDRESS.fullmatch(value):
        return None
    if attribute == "data-mention" and not MENTION_MARK.fullmatch(value):
        return None
    return value


def to_html(text: str, find: Finder | None = None) -> str:
    """Render Markdown to HTML that contains only allow-listed tags, attributes and schemes.

    `find` says whom an @ addresses; without it no text is a mention. Pure; never raises for any str. Layer
    1: markdown-it with HTML off. Layer 2: nh3's allow-list, which also puts rel="noopener nofollow ugc" on
    links (docs/security.md T2).
    """
    return nh3.clean(
        _parser.render(text, {"find": find, "left": MENTIONS_AT_MOST} if find else {}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        attribute_filter=_allowed,
        url_schemes=SCHEMES,
        link_rel="noopener nofollow ugc",
    ).strip()


def after_signs(text: str) -> list[str]:
    """What follows each @ or ＠ that may address somebody: not in code, not in links; at most 30."""
    if not MENTION_SIGN.search(text):
        return []
    followed: list[str] = []
    _parser.parse(text, {"find": lambda rest: followed.append(rest), "left": MENTIONS_AT_MOST})
    return followed


def mentions_in(html: str) -> list[str]:
    """The marks of a rendered text, each once, in order. Typed text cannot hold one: its < is escaped."""
    marks = re.findall(r'<span class="ky-mention" data-mention="([^"]+)">', html)
    return list(dict.fromkeys(mark for several in marks for mark in several.split()))


def excerpt(html: str, length: int = 80) -> str:
    """The first `length` characters of a rendered post as plain text on one line."""
    text = " ".join(entities.unescape(nh3.clean(html, tags=set())).split())
    return text if len(text) <= length else text[: length - 1] + "…"
