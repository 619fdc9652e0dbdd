"""Members' Markdown to safe HTML: two independent layers (decision 13)."""

import html as entities
import re

import nh3
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt

TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("table", "thead", "tbody", "tr", "th", "td", "hr", "h3", "h4", "h5"),
}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "th": {"data-align"}, "td": {"data-align"}}
SCHEMES = {"http", "https", "mailto"}


def _ascii_length(text: str) -> int:
    """How many printable ASCII signs `text` begins with."""
    return len(text) - len(re.sub(r"^[!-~]+", "", text))


class AsciiLinks(LinkifyIt):
    """Finds bare addresses and ends them at the first Japanese letter: https://x.jp/をご覧ください."""

    def match_at_start(self, text: str):
        return super().match_at_start(text[: _ascii_length(text)])


# Layer 1 never lets HTML through; images are links to third hosts and are therefore off.
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True}).enable(
    ["table", "strikethrough", "linkify"]
)
_parser.linkify = AsciiLinks(options={"fuzzy_link": False})
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


def to_html(text: str) -> str:
    """Render Markdown to HTML that contains only allow-listed tags, attributes and schemes.

    Pure; never raises for any str. Layer 1: markdown-it with HTML off. Layer 2: nh3's allow-list, which
    also puts rel="noopener nofollow ugc" on links (docs/security.md T2).
    """
    return nh3.clean(
        _parser.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener nofollow ugc",
    ).strip()


def excerpt(html: str, length: int = 80) -> str:
    """The first `length` characters of a rendered post as plain text on one line."""
    text = " ".join(entities.unescape(nh3.clean(html, tags=set())).split())
    return text if len(text) <= length else text[: length - 1] + "…"
