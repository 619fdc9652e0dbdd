"""Sought words in a text, marked safely."""

import re

import pytest
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from kyoso.lib.japanese import folded
from kyoso.lib.marking import around, marked, spans


@pytest.mark.parametrize(
    ("text", "words", "html"),
    [
        ("転入と国保", ["国保"], "転入と<mark>国保</mark>"),
        ("ＲＰＡと rpa", ["rpa"], "<mark>ＲＰＡ</mark>と <mark>rpa</mark>"),
        ("カーﾄﾞの更新", ["かーど"], "<mark>カーﾄﾞ</mark>の更新"),
        ("㈱こうち", ["株"], "<mark>㈱</mark>こうち"),
        ("<b>&国保", ["国保", "b"], "&lt;<mark>b</mark>&gt;&amp;<mark>国保</mark>"),
        ("国保国保", ["国保", "保国"], "<mark>国保国保</mark>"),
        ("葛\U000e0100城市", ["葛"], "<mark>葛\U000e0100</mark>城市"),
        ("なにもない", ["国保", ""], "なにもない"),
    ],
)
def test_words_are_marked_as_they_were_written(text, words, html):
    assert marked(text, words) == html


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=3), max_size=3))
def test_nothing_but_marks_is_ever_added(text, words):
    html = marked(text, [folded(word) for word in words])
    assert re.findall(r"<(?!/?mark>)", html) == []
    assert "<" not in re.sub(r"</?mark>", "", html)
    assert strip_tags(html) is not None
    found = spans(text, words)
    assert found == sorted(found)
    assert all(start < end for start, end in found)


def test_a_line_begins_a_little_before_the_first_word():
    text = "あ" * 200 + "国保" + "い" * 200
    line = around(text, ["国保"], 40)
    assert (line[0], line[-1], len(line), line.index("国保")) == ("…", "…", 42, 11)
    assert around("短い文", ["国保"], 40) == "短い文"
