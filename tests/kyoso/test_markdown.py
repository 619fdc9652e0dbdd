"""Members' Markdown: what it becomes, and what it can never become."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyoso.lib.markdown import ATTRIBUTES, TAGS, excerpt, to_html

LINK = ' rel="noopener nofollow ugc"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**太字**と`code`", "<p><strong>太字</strong>と<code>code</code></p>"),
        ("1行目\n2行目", "<p>1行目<br>\n2行目</p>"),
        ("# 見出し", "<h3>見出し</h3>"),
        (
            "詳しくはhttps://x.jp/aをご覧ください",
            f'<p>詳しくは<a href="https://x.jp/a"{LINK}>https://x.jp/a</a>をご覧ください</p>',
        ),
        ("手順書.mdとreadme.md", "<p>手順書.mdとreadme.md</p>"),
        ("<b onclick=x>", "<p>&lt;b onclick=x&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("![写真](https://x.jp/a.png)", f'<p>!<a href="https://x.jp/a.png"{LINK}>写真</a></p>'),
        ("葛\U000e0100城市", "<p>葛\U000e0100城市</p>"),
    ],
)
def test_markdown_becomes(text, html):
    assert to_html(text) == html


def test_table_alignment_is_an_attribute_not_a_style():
    assert to_html("|a|\n|-:|\n|1|").count('data-align="right"') == 2


def test_excerpt_is_plain_text_on_one_line():
    assert excerpt(to_html("- A&B <x>\n- 二つ目"), 12) == "A&B <x> 二つ目"
    assert excerpt("<p>" + "あ" * 100 + "</p>", 10) == "あ" * 9 + "…"


class AllowList(HTMLParser):
    """An oracle of its own: parses the output and notes everything outside the allow-list."""

    def __init__(self):
        super().__init__()
        self.violations = []

    def handle_starttag(self, tag, attrs):
        allowed = ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())
        if tag not in TAGS or {name for name, _ in attrs} - allowed:
            self.violations.append((tag, attrs))
        for name, value in attrs:
            if name == "href" and not (value or "").lower().startswith(("http://", "https://", "mailto:")):
                self.violations.append((tag, value))


PIECES = st.sampled_from(
    [
        *("<script>", "</p>", "<img src=x onerror=a>", "](javascript:a)", "[a", "`", "**", "|", "\n", "- "),
        *("<!--", "<svg/onload=a>", "style=", "data:text/html,", "https://", "\x00", "あ", " ", "#", ">"),
        *("~~", '"', "&lt;"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=30).map("".join))
def test_output_never_leaves_the_allow_list(text):
    oracle = AllowList()
    oracle.feed(to_html(text))
    assert oracle.violations == []
