"""All 1,788 bodies at every host they may plausibly have: the right ones in, a wrong one never alone."""

from collections import Counter

import pytest

from accounts.addresses import Directory, DomainRule, Reason, Verdict
from accounts.domain_rules import registry_suffixes
from accounts.master.rows import read_agencies, read_organisations
from kyoso.lib.japanese import romaji

BODIES = read_organisations()
BY_SLUG = {body.slug: body for body in BODIES}
PREFECTURES = {body.prefecture_code: body for body in BODIES if body.kind == "prefecture"}
MUNICIPALITIES = [body for body in BODIES if body.kind != "prefecture"]
AGENCIES = read_agencies()
DIRECTORY = Directory(BODIES, [DomainRule(agency.slug, agency.slug, "agency") for agency in AGENCIES])

LABELS = {
    "designated_city": "city",
    "special_ward": "city",
    "city": "city",
    "town": "town",
    "village": "vill",
}
ENDINGS = ("ちょう", "まち", "むら", "そん", "けん", "し", "く", "ふ", "と")
KUNREI = (("sh", "sy"), ("ch", "ty"), ("tsu", "tu"), ("j", "zy"), ("fu", "hu"), ("syi", "si"), ("tyi", "ti"))


def stem(body):
    """The reading without its 市 区 町 村 県, written here anew to be independent of the code under test."""
    if body.name == "北海道":
        return body.kana
    return next(body.kana[: -len(ending)] for ending in ENDINGS if body.kana.endswith(ending))


def short(text):
    """Long vowels dropped: the way most hosts and the registry spell."""
    for long, vowel in (("ou", "o"), ("oo", "o"), ("uu", "u")):
        text = text.replace(long, vowel)
    return text


def kunrei(text):
    """The spelling of the schools."""
    for hepburn, other in (*KUNREI, ("zyi", "zi")):
        text = text.replace(hepburn, other)
    return text


def names(body):
    """Plausible spellings of a body's name in a host."""
    full = romaji(stem(body))
    return {
        full,
        short(full),
        kunrei(full),
        kunrei(short(full)),
        full.replace("nb", "mb").replace("nm", "mm"),
    }


def judged(host):
    """The judgement of an address at the host."""
    return DIRECTORY.candidates(f"taro.yamada@{host}")


def prefecture_label(body):
    """The label of the body's prefecture in geographic names."""
    return short(romaji(stem(PREFECTURES[body.prefecture_code])))


@pytest.mark.parametrize("subdomain", ["", "mail.", "a.b."])
def test_every_municipality_is_among_few_candidates_at_lg_jp(subdomain):
    for body in MUNICIPALITIES:
        for name in names(body):
            judgement = judged(f"{subdomain}{LABELS[body.kind]}.{name}.lg.jp")
            assert body.slug in judgement.slugs, (body, name)
            assert len(judgement.slugs) <= 6, (body, name)
            assert {LABELS[BY_SLUG[slug].kind] for slug in judgement.slugs} == {LABELS[body.kind]}
            assert judgement.verdict == (Verdict.FITS if len(judgement.slugs) == 1 else Verdict.SEVERAL)


def test_most_municipalities_are_alone_at_lg_jp():
    sizes = Counter(
        len(judged(f"{LABELS[body.kind]}.{short(romaji(stem(body)))}.lg.jp").slugs) for body in MUNICIPALITIES
    )
    assert sum(sizes.values()) == 1741
    assert sizes[1] >= 1500
    assert sizes[0] == 0


def test_the_prefecture_in_front_tells_namesakes_apart():
    for body in MUNICIPALITIES:
        prefecture = prefecture_label(body)
        for name in (short(romaji(stem(body))), romaji(stem(body))):
            slugs = judged(f"{LABELS[body.kind]}.{prefecture}-{name}.lg.jp").slugs
            assert body.slug in slugs and len(slugs) <= 2, (body, slugs)


def test_the_gun_in_front_and_the_suffix_behind_are_understood():
    for body in MUNICIPALITIES:
        host = f"{LABELS[body.kind]}.{romaji(body.kana)}.lg.jp"
        assert body.slug in judged(host).slugs, host
        if body.gun:
            gun = romaji(body.gun_kana.removesuffix("ぐん"))
            slugs = judged(f"{LABELS[body.kind]}.{gun}-{romaji(stem(body))}.lg.jp").slugs
            assert body.slug in slugs and len(slugs) <= 3, (body, slugs)


def test_another_kind_of_body_is_never_proposed():
    for body in MUNICIPALITIES:
        for label in {"city", "town", "vill"} - {LABELS[body.kind]}:
            assert body.slug not in judged(f"{label}.{short(romaji(stem(body)))}.lg.jp").slugs


def test_every_prefecture_is_alone_at_its_hosts():
    for body in PREFECTURES.values():
        label = "metro" if body.name == "東京都" else "pref"
        for suffix in ("lg.jp", "jp"):
            judgement = judged(f"soumu.{label}.{prefecture_label(body)}.{suffix}")
            assert (judgement.verdict, judgement.slugs) == (Verdict.FITS, (body.slug,)), (body, suffix)


def registered_names():
    """Every x.pref.jp of the Public Suffix List, as (x, pref)."""
    labels = {prefecture_label(body): body.prefecture_code for body in BODIES}
    listed = (line.split(".") for line in registry_suffixes()._publicsuffix if line.count(".") == 2)
    return [(name, pref) for name, pref, top in listed if top == "jp" and pref in labels]


def test_every_registered_geographic_name_proposes_only_bodies_of_its_prefecture():
    reached = set()
    registered = registered_names()
    assert len(registered) > 1600
    for name, prefecture in registered:
        for label in ("city", "town", "vill", "village"):
            judgement = judged(f"www.{label}.{name}.{prefecture}.jp")
            bodies = [BY_SLUG[slug] for slug in judgement.slugs]
            assert {prefecture_label(body) for body in bodies} <= {prefecture}
            assert {LABELS[body.kind] for body in bodies} <= {label.removesuffix("age")}
            reached |= {body.slug for body in bodies}
    assert len(reached) > 1450


def test_every_municipality_with_a_registered_name_is_alone_there():
    registered = set(registered_names())
    found, shared = 0, set()
    for body in MUNICIPALITIES:
        prefecture = prefecture_label(body)
        for name in {short(romaji(stem(body))), romaji(stem(body))}:
            if (name, prefecture) in registered:
                slugs = judged(f"{LABELS[body.kind]}.{name}.{prefecture}.jp").slugs
                assert body.slug in slugs
                found += 1
                shared |= set(slugs) if len(slugs) > 1 else set()
    assert found > 1400
    assert {BY_SLUG[slug].name for slug in shared} == {"江差町", "枝幸町"}


def test_an_unregistered_spelling_of_a_geographic_name_fits_nobody():
    registered = set(registered_names())
    refused = 0
    for body in MUNICIPALITIES:
        prefecture = prefecture_label(body)
        for name in names(body) - {name for name, pref in registered if pref == prefecture}:
            host = f"{LABELS[body.kind]}.{name}.{prefecture}.jp"
            if body.name not in ("滝沢市", "三宅村", "御蔵島村", "真鶴町", "氷川町", "屋久島町"):
                assert judged(host).candidates == (), host
                refused += 1
    assert refused > 1200


def test_every_agency_is_bound_to_its_domain_and_what_lies_in_it():
    for agency in AGENCIES:
        for host in (agency.slug, f"ktr.{agency.slug}"):
            judgement = judged(host)
            assert (judgement.verdict, judgement.reason) == (Verdict.BOUND, Reason.AGENCY_DOMAIN)
            assert judgement.slugs == (agency.slug,)
        assert judged(f"x{agency.slug}").verdict == Verdict.UNKNOWN
