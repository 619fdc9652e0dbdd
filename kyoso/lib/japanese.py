"""Japanese text: width, kana, and the many ways one reading is spelled in Latin letters."""

import re
import unicodedata

KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
# Full-width letters and the ideographic full stops, as they leave an input method by accident.
TO_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3002: 0x2E, 0xFF61: 0x2E}

VOWELS = "aiueo"
ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "r": "らりるれろ",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
SYLLABLES = {
    kana: row + vowel for row, line in ROWS.items() for kana, vowel in zip(line, VOWELS, strict=True)
}
SYLLABLES |= {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "ゐ": "i", "ゑ": "e", "を": "o", "ん": "n"}
SYLLABLES |= {
    "し": "shi",
    "ち": "chi",
    "つ": "tsu",
    "ふ": "fu",
    "じ": "ji",
    "ぢ": "ji",
    "づ": "zu",
    "ゔ": "vu",
}
SMALL_Y = {"ゃ": "a", "ゅ": "u", "ょ": "o"}
SMALL_VOWELS = dict(zip("ぁぃぅぇぉ", VOWELS, strict=True))

# Spellings that stand for the same sound, brought to one of them; the order matters.
SPELLINGS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("-", ""),
        (r"tch|cch", "tty"),
        (r"sh", "sy"),
        (r"ch", "ty"),
        (r"jy?|dj", "zy"),
        (r"dz|d(?=u)", "z"),
        (r"d(?=i)", "z"),
        (r"ts", "t"),
        (r"f", "h"),
        (r"(?<=[szt])yi", "i"),
        (r"m(?=[bmp])", "n"),
        (r"oh(?![aiueoy])", "o"),
        (r"o[ou]+", "o"),
        (r"([aiue])\1+", r"\1"),
    )
]


def nfkc(text: str) -> str:
    """The text with width and compatibility variants folded (Unicode NFKC), without NUL: no row holds one."""
    return unicodedata.normalize("NFKC", text).replace("\x00", "")


def to_hiragana(text: str) -> str:
    """The text with katakana turned into hiragana; everything else, ー included, stays."""
    return text.translate(KATAKANA_TO_HIRAGANA)


def folded(text: str) -> str:
    """The text for searching: width and case folded, katakana as hiragana. Fold the sought words too."""
    return to_hiragana(nfkc(text)).lower()


def to_half_width(text: str) -> str:
    """The text with full-width ASCII and ideographic full stops made plain, and nothing else folded.

    Narrower than NFKC on purpose: an address must not be changed by any other look-alike.
    """
    return text.translate(TO_HALF_WIDTH)


def romaji(kana: str) -> str:
    """The Hepburn spelling of a kana reading, long vowels written out: とうきょう → toukyou, ー repeated.

    Characters that are not kana are left out.
    """
    spelled = ""
    doubled = False
    for character in to_hiragana(nfkc(kana)):
        if character == "っ":
            doubled = True
        elif character in SMALL_Y or character in SMALL_VOWELS:
            spelled = join_small(spelled, character)
        elif character == "ー":
            spelled += spelled[-1:]
        elif syllable := SYLLABLES.get(character):
            spelled += ("t" if syllable[0] == "c" else syllable[0]) * doubled + syllable
            doubled = False
    return spelled


def join_small(spelled: str, character: str) -> str:
    """The spelling with a small ゃ or ぁ joined to its last syllable: shi + ゃ → sha, ki + ゃ → kya."""
    stem = spelled[:-1]
    if character in SMALL_VOWELS:
        return stem + SMALL_VOWELS[character]
    return stem + ("" if stem.endswith(("sh", "ch", "j")) else "y") + SMALL_Y[character]


def romaji_key(text: str) -> str:
    """A key that is equal for the usual Latin spellings of one reading, and often for near readings too.

    Folds si/shi, ti/chi, tu/tsu, hu/fu, zi/ji, du/zu, m/n before b m p, tch/cch, hyphens, and long
    vowels (ou, oo, oh, uu, ii). So 江南 (こうなん) and 湖南 (こなん) share a key: never decide by it alone.
    """
    key = text.lower()
    for pattern, sound in SPELLINGS:
        key = pattern.sub(sound, key)
    return key


def _spelled() -> dict[str, str]:
    """Every Latin spelling of a syllable, typed or written: shi and si → し, sha and sya → しゃ."""
    table = {
        row + vowel: kana for row, line in ROWS.items() for kana, vowel in zip(line, VOWELS, strict=True)
    }
    table |= {sound: kana for kana, sound in SYLLABLES.items() if kana not in "ゐゑをぢづん"}
    table |= {"wo": "を", "n'": "ん", "xn": "ん"}
    for kana in "きしちにひみりぎじびぴ":
        for small, vowel in SMALL_Y.items():
            for stem in {SYLLABLES[kana][:-1], *(row for row in ROWS if kana in ROWS[row])}:
                table[stem + ("" if stem in {"sh", "ch", "j"} else "y") + vowel] = kana + small
                table.setdefault(stem + "y" + vowel, kana + small)
    return table


SPELLED = _spelled()
DOUBLED = r"(?P<double>[kstpcgdbzj])(?=(?P=double)|(?<=t)ch)"
LATIN_SYLLABLE = re.compile(
    "|".join([*sorted(map(re.escape, SPELLED), key=len, reverse=True), DOUBLED])
    + r"|(?P<n>[nm](?=[^aiueoy]|$))|(?P<long>-)"
)
# o may stand for おう, おお and おー alike.
LONG = {"o": "[うおー]?", "u": "[うー]?", "a": "[あー]?", "i": "[いー]?", "e": "[いえー]?"}
LONG_OH = re.compile(r"oh(?![aiueoy])")
UNFINISHED = re.compile(r"|[kstnhmyrwgzdbpjfc]|sh|ch|ts|[kstnhmrgzdbpj]y")


def kana_pattern(latin: str) -> str:
    """A regular expression of the hiragana readings that begin as Latin letters may spell them; "" for none.

    Long vowels may be left out (ono, oono and ohno find おおの), and a last syllable that is not finished is
    passed over (tanak → たな). Only letters, ' and - are looked at; whatever is no spelling gives "".
    """
    word, pattern, at = latin.lower(), "", 0
    while found := LATIN_SYLLABLE.match(word, at):
        at = found.end()
        if found["double"]:
            pattern += "っ"
        elif found["n"]:
            pattern += "ん" if at < len(word) else "ん?"  # at the end it may be the beginning of な
        elif found["long"]:
            pattern += "ー?"
        else:
            pattern += SPELLED[found[0]] + LONG.get(found[0][-1], "")
            at += bool(LONG_OH.match(word, at - 1))
    return pattern.removesuffix("ん?") and pattern if UNFINISHED.fullmatch(word, at) else ""
