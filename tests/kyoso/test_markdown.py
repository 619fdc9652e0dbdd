"""Members' Markdown: what it becomes, and what it can never become."""

import pytest

from kyoso.lib.markdown import excerpt, mentions_in, to_html

LINK = ' rel="noopener nofollow ugc"'
MENTION = '<span class="ky-mention" data-mention="m7 o12 a">'


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
        ("**「窓口」**の**終わり。**次", "<p><strong>「窓口」</strong>の<strong>終わり。</strong>次</p>"),
        ("~~（旧）~~新と2 * 3 * 4", "<p><s>（旧）</s>新と2 * 3 * 4</p>"),
        ("手順書.mdとreadme.md", "<p>手順書.mdとreadme.md</p>"),
        ("<b onclick=x>", "<p>&lt;b onclick=x&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("![写真](https://x.jp/a.png)", f'<p>!<a href="https://x.jp/a.png"{LINK}>写真</a></p>'),
        ("葛\U000e0100城市", "<p>葛\U000e0100城市</p>"),
        ("[x](//evil.example) //evil.example", "<p>[x](//evil.example) //evil.example</p>"),
        ("[x](http:evil.example)", "<p>[x](http:evil.example)</p>"),
        ("[投稿](/posts/7/)", f'<p><a href="/posts/7/"{LINK}>投稿</a></p>'),
    ],
)
def test_markdown_becomes(text, html):
    assert to_html(text) == html


def test_table_alignment_is_an_attribute_not_a_style():
    assert to_html("|a|\n|-:|\n|1|").count('data-align="right"') == 2


def test_excerpt_is_plain_text_on_one_line():
    assert excerpt(to_html("- A&B <x>\n- 二つ目"), 12) == "A&B <x> 二つ目"
    assert excerpt("<p>" + "あ" * 100 + "</p>", 10) == "あ" * 9 + "…"


def somebody(rest: str) -> tuple[int, str] | None:
    """Addresses whoever follows, whatever it is."""
    return (min(3, len(rest)), "m7 o12 a") if rest else None


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("@abcde", f"<p>{MENTION}@abc</span>de</p>"),
        ("**＠abc**", f"<p><strong>{MENTION}＠abc</span></strong></p>"),
        ("`@abc` [@abc](https://x.jp)", f'<p><code>@abc</code> <a href="https://x.jp"{LINK}>@abc</a></p>'),
        ("    @abc", "<pre><code>@abc\n</code></pre>"),
        ("@", "<p>@</p>"),
        (
            f"{MENTION}x</span>",
            '<p>&lt;span class="ky-mention" data-mention="m7 o12 a"&gt;x&lt;/span&gt;</p>',
        ),
    ],
)
def test_a_mention_is_a_span_outside_code_and_links(text, html):
    assert to_html(text, somebody) == html


def test_a_mark_that_is_none_is_dropped():
    assert to_html("@abc", lambda rest: (3, '7"><b>')) == '<p><span class="ky-mention">@abc</span></p>'


def test_marks_are_read_back_once_and_never_from_typed_text():
    assert mentions_in(to_html("@abc @def", somebody)) == ["m7", "o12", "a"]
    assert mentions_in(to_html(f"{MENTION}x")) == []


def test_thirty_signs_are_looked_at():
    assert to_html("@abc" * 40, somebody).count("<span") == 30


def test_rows_without_cells_make_no_page_of_a_short_text():
    width, rows = 130, 3_000
    text = "|a" * width + "|\n" + "|-" * width + "|\n" + "|x|\n" * rows
    assert len(to_html(text)) < 4 * len(text)
    assert to_html("|名|数|\n|-|-|\n|窓口|\n").count("<td></td>") == 1
