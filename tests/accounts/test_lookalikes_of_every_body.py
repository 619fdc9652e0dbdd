"""Domains that only look like a body's own never fit: every body, every trick."""

import pytest

from accounts.addresses import Verdict
from accounts.domain_rules import registry_suffixes
from accounts.mailbox import MalformedAddress, normalise_address
from kyoso.lib.japanese import romaji
from tests.accounts.test_addresses_of_every_body import (
    AGENCIES,
    BODIES,
    LABELS,
    MUNICIPALITIES,
    judged,
    prefecture_label,
    short,
    stem,
)

# Cyrillic, Greek and other letters that look like Latin ones on a screen.
HOMOGRAPHS = str.maketrans("acehiknoprstuxyz", "асеһіκποрґѕτυхуᴢ")
FOLDING = {"k": "\u212a", "s": "\u017f", "i": "\u0131"}  # Kelvin sign, long s, dotless i


def label_of(body):
    """The label in front of the body's name."""
    return LABELS.get(body.kind) or ("metro" if body.name == "東京都" else "pref")


def hosts_of(body):
    """The body's usual hosts: under lg.jp and, for municipalities, under its prefecture."""
    name = short(romaji(stem(body)))
    hosts = [f"{label_of(body)}.{name}.lg.jp"]
    if body in MUNICIPALITIES_SET:
        hosts.append(f"{label_of(body)}.{name}.{prefecture_label(body)}.jp")
    return hosts


MUNICIPALITIES_SET = set(MUNICIPALITIES)


def test_the_usual_host_of_every_body_fits():
    for body in BODIES:
        assert body.slug in judged(hosts_of(body)[0]).slugs


def test_another_registry_behind_the_name_never_fits():
    for body in BODIES:
        start = hosts_of(body)[0].removesuffix(".lg.jp")
        for end in (".xxlg.jp", "lg.jp", ".lg.jp.example.com", ".lg.co.jp", ".lg.jp.net", "-lg.jp", ".1g.jp"):
            assert judged(start + end).slugs == (), start + end


def test_another_label_in_front_of_the_name_never_fits():
    for body in BODIES:
        label, rest = hosts_of(body)[0].split(".", 1)
        for false in (f"x{label}.{rest}", f"{label}x.{rest}", f"{label}-{rest}", rest):
            assert judged(false).slugs == (), false


def test_a_name_glued_to_the_prefecture_never_fits():
    for body in MUNICIPALITIES:
        name, prefecture, label = short(romaji(stem(body))), prefecture_label(body), label_of(body)
        for end in (
            f"x{prefecture}.jp",
            f"{prefecture}.com",
            f"{prefecture}.jp.example.com",
            f"x-{prefecture}.jp",
        ):
            assert judged(f"{label}.{name}.{end}").slugs == ()
        assert judged(f"{label}.{name}{prefecture}.jp").slugs == ()


def test_a_mistyped_open_name_never_fits():
    listed, tried = registry_suffixes(), 0
    for body in MUNICIPALITIES:
        name, prefecture = short(romaji(stem(body))), prefecture_label(body)
        for false in {
            name.replace("o", "0", 1),
            name.replace("i", "l", 1),
            name.replace("m", "rn", 1),
            name + "s",
        }:
            place = f"{false}.{prefecture}.jp"
            if false != name and listed.publicsuffix(place) != place:
                assert judged(f"{label_of(body)}.{place}").slugs == (), place
                tried += 1
    assert tried > 4000


@pytest.mark.parametrize("whole", [True, False], ids=["every letter", "one letter"])
def test_a_homograph_never_fits(whole):
    for body in BODIES:
        for host in hosts_of(body):
            for index in [None] if whole else range(len(body.name) % 3, len(host), 3):
                false = host.translate(HOMOGRAPHS) if whole else replaced(host, index)
                if false != host:
                    assert judged(false).slugs == (), false
                    assert judged(in_ascii(false)).slugs == (), false


def replaced(host, index):
    """The host with one letter exchanged for its double."""
    return host[:index] + host[index].translate(HOMOGRAPHS) + host[index + 1 :]


def in_ascii(host):
    """What a mail program sends for such a host."""
    return ".".join(label if label.isascii() else idna(label) for label in host.split("."))


def idna(label):
    return "xn--" + label.encode("punycode").decode()


@pytest.mark.parametrize("letter", FOLDING)
def test_a_letter_that_folds_to_ascii_is_refused(letter):
    tried = 0
    for body in BODIES:
        host = hosts_of(body)[0]
        if letter in host:
            false = f"taro@{host.replace(letter, FOLDING[letter], 1)}"
            try:
                assert normalise_address(false).split("@")[1] != host
            except MalformedAddress:
                assert judged(false.partition("@")[2]).verdict == Verdict.MALFORMED
            assert judged(false.partition("@")[2]).slugs == ()
            tried += 1
    assert tried > 500


def test_the_double_of_an_agency_never_fits():
    for agency in AGENCIES:
        for false in (
            f"x{agency.slug}",
            f"{agency.slug}.example.jp",
            agency.slug.replace(".go.jp", ".g0.jp"),
        ):
            assert judged(false).slugs == ()
        assert judged(agency.slug.translate(HOMOGRAPHS)).slugs == ()
