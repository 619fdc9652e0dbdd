"""Attached files: what a file is by its own bytes, and what it may be called.

Neither its name nor what a browser says about it proves anything. What is not on the list of KINDS is refused
with a reason (docs/security.md F2).
"""

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass

import puremagic

from kyoso.lib import office

LARGEST_FILE = 10 * 1024 * 1024  # bytes
NAME_LIMIT = 120  # characters
PDF_TAIL = 1024  # bytes that readers grant between the last %%EOF and the end


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: what it is served as, what members call it, and what its name may end in."""

    media_type: str
    label: str
    endings: tuple[str, ...]


PDF = Kind("application/pdf", "PDF", (".pdf",))
PNG = Kind("image/png", "PNG", (".png",))
JPEG = Kind("image/jpeg", "JPEG", (".jpg", ".jpeg"))
WEBP = Kind("image/webp", "WebP", (".webp",))
GIF = Kind("image/gif", "GIF", (".gif",))
CSV = Kind("text/csv", "CSV", (".csv",))
TEXT = Kind("text/plain", "テキスト", (".txt",))
WORD = Kind(f"{office.FAMILY}.wordprocessingml.document", "Word", (".docx",))
EXCEL = Kind(f"{office.FAMILY}.spreadsheetml.sheet", "Excel", (".xlsx",))
SLIDES = Kind(f"{office.FAMILY}.presentationml.presentation", "PowerPoint", (".pptx",))
KINDS = (PDF, PNG, JPEG, WEBP, GIF, CSV, TEXT, WORD, EXCEL, SLIDES)
PICTURES = {"PNG": PNG, "JPEG": JPEG, "WEBP": WEBP, "GIF": GIF}  # by their names in Pillow
LABELS = {kind.media_type: kind.label for kind in KINDS}
ACCEPTED = ",".join(ending for kind in KINDS for ending in kind.endings)
GIVEN = "PDF・画像・CSV・テキスト・Word・Excel・PowerPoint"

EMPTY = "中身のないファイルです。"
TOO_LARGE = "ファイルは1つ10MBまでです。"
OLD_OFFICE = (
    "古い形式やパスワード付きのOfficeファイルは添付できません。"
    "パスワードを外し、docx・xlsx・pptxかPDFで保存し直してください。"
)
PAGE = "HTMLやSVGは添付できません。PDFか画像にしてから選び直してください。"
PROGRAM = "プログラムは添付できません。"
PHOTO = "HEIC形式の写真は添付できません。JPEGで保存し直してください。"
OTHER = f"この種類のファイルは添付できません。添付できるのは{GIVEN}です。"
CODED = "文字コードがUTF-8かシフトJISのテキストだけ添付できます。保存し直してください。"
STITCHED = "PDFの後ろに別のデータが付いています。PDFとして保存し直してください。"
CUT = "PDFが途中で切れています。ファイルを確かめてください。"
REFUSED = {"image/heif": PHOTO, "image/heic": PHOTO, "text/html": PAGE, "image/svg+xml": PAGE}
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"#!")
MARKUP = re.compile(rb"\s*<(?:!|\?xml|html|svg|script|head|body|iframe|\w+:svg)", re.IGNORECASE)
BOM = b"\xef\xbb\xbf"
UNPRINTED = frozenset(range(32)) - set(b"\t\n\f\r\x1a") | {127}


class BadFile(Exception):
    """A file that is not taken. `str(error)` is the Japanese sentence to show."""


def recognised(content: bytes, name: str = "") -> Kind:
    """What a file is, by its bytes. `name` only tells CSV from other text, which no byte does.

    Raises BadFile for what is empty, above 10 MB, damaged, of another kind, or of two kinds at once.
    """
    if not content:
        raise BadFile(EMPTY)
    if len(content) > LARGEST_FILE:
        raise BadFile(TOO_LARGE)
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if picture := _picture(content):
        return picture
    if content.startswith(office.ZIP):
        return _office(content)
    if content.startswith(office.OLE):
        raise BadFile(OLD_OFFICE)
    return _text(content, name)


def _pdf(content: bytes) -> Kind:
    """A PDF that ends where it says: a page or an archive glued to it makes two files of one."""
    _, end, tail = content.rpartition(b"%%EOF")
    if not end:
        raise BadFile(CUT)
    if len(tail) > PDF_TAIL or b"<" in tail or zipfile.is_zipfile(io.BytesIO(content)):
        raise BadFile(STITCHED)
    return PDF


def _picture(content: bytes) -> Kind | None:
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    return WEBP if content.startswith(b"RIFF") and content[8:12] == b"WEBP" else None


def _office(content: bytes) -> Kind:
    try:
        main = office.main_part(content)
    except office.BadOffice as error:
        raise BadFile(str(error)) from error
    return next(kind for kind in (WORD, EXCEL, SLIDES) if kind.media_type == main)


def _text(content: bytes, name: str) -> Kind:
    """Text that a person reads: no page, no program, no signs for machines."""
    plain = content.removeprefix(BOM)
    if content.startswith(PROGRAMS[1:]) or (content.startswith(b"MZ") and b"\0" in content):
        raise BadFile(PROGRAM)
    if MARKUP.match(plain):
        raise BadFile(PAGE)
    if not UNPRINTED.isdisjoint(content) or plain.startswith(b"{\\rtf"):
        raise BadFile(_reason(content))
    if not any(_decodes(plain, coding) for coding in ("utf-8", "cp932")):
        raise BadFile(CODED)
    return CSV if name.lower().endswith(CSV.endings) else TEXT


def _reason(content: bytes) -> str:
    """Why a file of a kind that is not on the list is refused, with its name where one is known."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return CODED
    if content.startswith(PROGRAMS):
        return PROGRAM
    try:
        guesses = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return OTHER
    return next((REFUSED[guess.mime_type] for guess in guesses if guess.mime_type in REFUSED), OTHER)


def _decodes(content: bytes, coding: str) -> bool:
    try:
        content.decode(coding)
    except UnicodeDecodeError:
        return False
    return True


def clean_name(name: str, kind: Kind) -> str:
    """A file's name as it is shown and saved: NFC, no folder, no control or direction signs, 120 characters.

    The ending becomes one of `kind`, in place of one that names another kind on the list.
    """
    plain = shown_name(name)
    stem, dot, ending = plain.rpartition(".")
    typed = f".{ending.lower()}" if dot else ""
    if typed in kind.endings:
        return f"{stem.strip('. ')[: NAME_LIMIT - len(typed)] or 'ファイル'}.{ending}"
    foreign = any(typed in other.endings for other in KINDS)
    kept = stem if foreign else plain
    return f"{kept.strip('. ')[: NAME_LIMIT - len(kind.endings[0])] or 'ファイル'}{kind.endings[0]}"


def shown_name(name: str) -> str:
    """A name as it came, safe to show: without folders, control and direction signs, and NFC."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    return re.sub(r'[<>:"|?*]', "_", " ".join(visible.split())).strip(". ")[: 2 * NAME_LIMIT]


def size_label(size: int) -> str:
    """A size in bytes as people read it: 1.2MB, 340KB, never 0KB."""
    if size >= 1024 * 1024 - 512:
        return f"{size / 1024 / 1024:.1f}MB"
    return f"{max(1, round(size / 1024))}KB"
