"""Whatever is typed, the result stays inside the allow-list. `make fuzz` does so with a million texts."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings

from kyoso.lib.markdown import excerpt, mentions_in, to_html
from tests.markdown_oracle import FINDERS, HOSTILE, MARKS, cases, violations


@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases)
def test_output_never_leaves_the_allow_list(case):
    text, find = case
    html = to_html(text, find)
    assert violations(text, html) == []
    assert bool(mentions_in(html)) <= (find is not None)
    assert "\n" not in excerpt(html)


@pytest.mark.parametrize("find", FINDERS)
def test_every_pair_of_pieces_stays_inside(find):
    found = [
        (text, wrong)
        for pair in itertools.product(HOSTILE + MARKS, repeat=2)
        if (wrong := violations(text := "あ".join(pair) + "い", to_html(text, find)))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ("<p>a</p>", []),
        ("<p onclick=x>a</p>", ["p onclick", "loose sign", "loose sign"]),
        ('<a href="javascript:a">x</a>', ["a href"]),
        ('<a href="https://x.jp/" rel="noopener">x</a>', ["a rel"]),
        ("<script>a</script>", ["tag"]),
        ("<p><em>a</p>", ["unbalanced", "left open"]),
        ("<p>a & b</p>", ["loose sign"]),
        ("<!-- a -->", ["comment", "loose sign", "loose sign"]),
        ('<span class="ky-mention ky-x" data-mention="m0">a</span>', ["span class", "span data-mention"]),
        ('<td data-align="x" style="a">1</td>', ["td data-align", "td style"]),
    ],
)
def test_the_oracle_sees_what_is_wrong(html, wrong):
    assert [kind for kind, _ in violations("", html)] == wrong


def test_the_oracle_misses_lost_letters():
    assert violations("窓口", "<p>窓</p>") == [("text", "窓")]
