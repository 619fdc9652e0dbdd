"""One written form for every mail address: what is stored, compared, and written to."""

import re

from kyoso.lib.japanese import to_half_width

LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
ATOM = r"[a-z0-9!#$%&'*/=?^_`{|}~-]+"
LOCAL_PART = re.compile(rf"{ATOM}(?:\.{ATOM})*")
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
TOP_LEVEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]+")


class MalformedAddress(ValueError):
    """The text is not a mail address or domain; its message is a plain Japanese sentence for the form."""


def normalise_address(address: str) -> str:
    """The one form of a mail address: half-width, lower case, without `+tag`, the host in ASCII (IDNA).

    Two addresses with the same form are the same identity. Write to this form only, never to what was
    typed, so that the mailbox that proves itself is the one that is kept.

    Raises MalformedAddress (a ValueError) for everything that is not `local@host`; quoted local parts,
    address literals and non-ASCII local parts are refused on purpose.
    """
    text = to_half_width(address).strip()
    local, at, host = text.partition("@")
    if not at or "@" in host:
        raise MalformedAddress("メールアドレスは「名前@example.lg.jp」の形で入力してください。")
    name, plus, tag = (local.lower() if local.isascii() else "").partition("+")
    if len(name) > LONGEST_LOCAL_PART or not is_local_part(name) or not is_tag(plus, tag):
        raise MalformedAddress(
            "メールアドレスの「@」より前に、使えない文字があります。半角の英数字で入力してください。"
        )
    normalised = f"{name}@{normalise_domain(host)}"
    if len(normalised) > LONGEST_ADDRESS:
        raise MalformedAddress("メールアドレスが長すぎます。")
    return normalised


def is_local_part(text: str) -> bool:
    """Whether the text is a dot-atom of RFC 5321 in lower case, `+` aside."""
    return LOCAL_PART.fullmatch(text) is not None


def is_tag(plus: str, tag: str) -> bool:
    """Whether what followed the name was nothing, or a `+` and a tag of allowed characters."""
    return not plus or is_local_part(tag.replace("+", "") or "x")


def normalise_domain(domain: str) -> str:
    """The one form of a mail domain: half-width, lower case, IDNA in its ASCII form (`xn--…`).

    Raises MalformedAddress (a ValueError) when it is not a domain name of at least two labels.
    """
    text = to_half_width(domain).strip()
    if len(text) > LONGEST_ADDRESS:
        raise MalformedAddress("メールアドレスが長すぎます。")
    labels = [ascii_label(label) for label in text.split(".")]
    host = ".".join(labels)
    if len(labels) < 2 or len(host) > 253 or not TOP_LEVEL.fullmatch(labels[-1]):
        raise MalformedAddress("メールアドレスの「@」より後ろを確かめてください。")
    return host


def ascii_label(label: str) -> str:
    """One label of a domain in lower-case ASCII.

    A label that only becomes plain ASCII by folding look-alikes (ſ → s, K → k) is refused: it was never
    the name it seems to be. Raises MalformedAddress.
    """
    try:
        ascii_form = label.lower() if label.isascii() else label.encode("idna").decode("ascii").lower()
        if ascii_form.startswith("xn--"):
            ascii_form.encode("ascii").decode("idna")
    except UnicodeError:
        ascii_form = ""
    if not LABEL.fullmatch(ascii_form) or (not label.isascii() and not ascii_form.startswith("xn--")):
        raise MalformedAddress("メールアドレスの「@」より後ろに、使えない文字があります。")
    return ascii_form
