"""The committed master: complete, consistent, and what the rebuild makes."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.mailbox import normalise_domain
from accounts.management.commands import rebuild_organisations
from accounts.management.commands.rebuild_organisations import postal_database
from accounts.master.postal import bodies_from_postal_rows
from accounts.master.rows import (
    AGENCIES_CSV,
    ORGANISATIONS_CSV,
    check_digit,
    csv_text,
    read_agencies,
    read_organisations,
)

BODIES = read_organisations()
BY_CODE = {body.code: body for body in BODIES}
AGENCIES = read_agencies()


def test_rebuilding_gives_the_committed_file():
    rebuilt = bodies_from_postal_rows(postal_database())
    assert csv_text(rebuilt).encode() == ORGANISATIONS_CSV.read_bytes()


def test_rebuild_command_writes_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(rebuild_organisations, "ORGANISATIONS_CSV", tmp_path / "organisations.csv")
    said = StringIO()
    call_command("rebuild_organisations", stdout=said)
    assert (tmp_path / "organisations.csv").read_bytes() == ORGANISATIONS_CSV.read_bytes()
    assert said.getvalue() == "1788 organisations written to organisations.csv\n"


def test_rebuild_without_the_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(rebuild_organisations, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match=r"requirements-dev\.txt"):
        call_command("rebuild_organisations")


def test_master_counts_every_kind():
    assert Counter(body.kind for body in BODIES) == {
        "prefecture": 47,
        "designated_city": 20,
        "special_ward": 23,
        "city": 772,
        "town": 743,
        "village": 183,
    }


def test_codes_are_unique_sorted_and_end_in_their_check_digit():
    codes = [body.code for body in BODIES]
    assert codes == sorted(set(codes))
    assert all(len(code) == 6 and code.isdecimal() and code.isascii() for code in codes)
    assert [code for code in codes if check_digit(code[:5]) != code[5]] == []
    assert [body for body in BODIES if body.prefecture_code != body.code[:2]] == []
    assert {body.prefecture_code for body in BODIES} == {f"{number:02d}" for number in range(1, 48)}


@pytest.mark.parametrize(
    ("code", "digit"), [("01000", "6"), ("13101", "6"), ("01100", "2"), ("47382", "1"), ("46530", "5")]
)
def test_check_digit_follows_the_published_rule(code, digit):
    total = sum(int(d) * w for d, w in zip(code, (6, 5, 4, 3, 2), strict=True))
    assert check_digit(code) == str((11 - total % 11) % 10) == digit


@pytest.mark.parametrize(
    ("code", "kind", "name", "kana", "gun", "gun_kana"),
    [
        ("010006", "prefecture", "北海道", "ほっかいどう", "", ""),
        ("130001", "prefecture", "東京都", "とうきょうと", "", ""),
        ("011002", "designated_city", "札幌市", "さっぽろし", "", ""),
        ("141305", "designated_city", "川崎市", "かわさきし", "", ""),
        ("221309", "designated_city", "浜松市", "はままつし", "", ""),
        ("271403", "designated_city", "堺市", "さかいし", "", ""),
        ("401005", "designated_city", "北九州市", "きたきゅうしゅうし", "", ""),
        ("131016", "special_ward", "千代田区", "ちよだく", "", ""),
        ("232149", "city", "蒲郡市", "がまごおりし", "", ""),
        ("292036", "city", "大和郡山市", "やまとこおりやまし", "", ""),
        ("192082", "city", "南アルプス市", "みなみあるぷすし", "", ""),
        ("284815", "town", "上郡町", "かみごおりちょう", "赤穂郡", "あこうぐん"),
        ("013951", "town", "ニセコ町", "にせこちょう", "虻田郡", "あぶたぐん"),
        ("103446", "village", "榛東村", "しんとうむら", "北群馬郡", "きたぐんまぐん"),
        ("103454", "town", "吉岡町", "よしおかまち", "北群馬郡", "きたぐんまぐん"),
        ("133817", "village", "三宅村", "みやけむら", "", ""),
        ("134015", "town", "八丈町", "はちじょうまち", "", ""),
        ("403440", "town", "須恵町", "すえまち", "糟屋郡", "かすやぐん"),
    ],
)
def test_bodies_stand_as_they_call_themselves(code, kind, name, kana, gun, gun_kana):
    body = BY_CODE[code]
    assert (body.kind, body.name, body.kana, body.gun, body.gun_kana) == (kind, name, kana, gun, gun_kana)


def test_names_and_kana_end_as_their_kind_demands():
    endings = {
        "prefecture": ("都道府県", ("と", "どう", "ふ", "けん")),
        "designated_city": ("市", ("し",)),
        "special_ward": ("区", ("く",)),
        "city": ("市", ("し",)),
        "town": ("町", ("ちょう", "まち")),
        "village": ("村", ("むら", "そん")),
    }
    for body in BODIES:
        letters, readings = endings[body.kind]
        assert body.name[-1] in letters, body
        assert body.kana.endswith(readings), body
        assert all("ぁ" <= letter <= "ゖ" or letter == "ー" for letter in body.kana + body.gun_kana), body


def test_towns_and_villages_have_their_gun_except_on_the_islands_of_tokyo():
    without = {body.name for body in BODIES if body.kind in ("town", "village") and not body.gun}
    islands = "大島町 利島村 新島村 神津島村 三宅村 御蔵島村 八丈町 青ヶ島村 小笠原村"
    assert without == set(islands.split())
    guns = {(body.prefecture_code, body.gun, body.gun_kana) for body in BODIES if body.gun}
    assert len({(prefecture, gun) for prefecture, gun, _ in guns}) == len(guns)
    assert [gun for _, gun, kana in guns if not (gun.endswith("郡") and kana.endswith("ぐん"))] == []


def test_twenty_five_names_are_shared():
    shared = {name: count for name, count in Counter(body.name for body in BODIES).items() if count > 1}
    assert len(shared) == 25
    assert sum(shared.values()) == 57
    assert (shared["府中市"], shared["池田町"]) == (2, 4)


def test_agencies_have_domains_of_the_government_and_kana():
    assert len(AGENCIES) == len({agency.slug for agency in AGENCIES}) == 40
    for agency in AGENCIES:
        assert normalise_domain(agency.slug) == agency.slug
        assert agency.slug.endswith(".go.jp") and agency.slug.count(".") == 2
        assert agency.name and all("ぁ" <= letter <= "ゖ" or letter == "ー" for letter in agency.kana), agency


@pytest.mark.parametrize("path", [ORGANISATIONS_CSV, AGENCIES_CSV])
def test_files_are_plain_utf8_with_unix_line_ends(path):
    text = path.read_bytes()
    assert b"\r" not in text and text.endswith(b"\n") and not text.startswith(b"\xef\xbb\xbf")
