"""Kinds of files by their bytes: what is taken, what is refused and why, what a file may be called."""

import io
import warnings
import zipfile

import pytest

from kyoso.lib import files, office
from kyoso.lib.files import BadFile, clean_name, recognised, size_label
from tests.documents import PAGE, archive, pdf, picture, types_of
from tests.documents import office as office_file

MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
VBA = '<Override PartName="/word/x.bin" ContentType="application/vnd.ms-office.vbaProject"/>'
WORD = f"{office.FAMILY}.wordprocessingml.document.main+xml"


def twice() -> bytes:
    """A Word file with its list of types written twice: readers disagree on which counts."""
    out = io.BytesIO(office_file())
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as made:
        warnings.simplefilter("ignore", UserWarning)
        made.writestr(office.TYPES, types_of(WORD))
    return out.getvalue()


TAKEN = {
    "PDF": (pdf(), files.PDF),
    "PDF with blanks behind it": (pdf(b"\r\n\0\0  \n"), files.PDF),
    "PNG": (picture("PNG"), files.PNG),
    "JPEG": (picture("JPEG"), files.JPEG),
    "WebP": (picture("WEBP"), files.WEBP),
    "GIF": (picture("GIF"), files.GIF),
    "PNG with a page behind it": (picture("PNG") + PAGE, files.PNG),
    "GIF with an archive behind it": (picture("GIF") + archive({"A.class": b"x"}), files.GIF),
    "UTF-8": ("令和8年度\r\n".encode(), files.TEXT),
    "UTF-8 with a mark": ("団体,件数\n".encode("utf-8-sig"), files.TEXT),
    "Shift_JIS": ("団体,件数①\r\n".encode("cp932"), files.TEXT),
    "text that begins like a program": ("MZ市の予定".encode(), files.TEXT),
    "text with a sign of less": (b"a < b\n<3\n", files.TEXT),
    "Word": (office_file("docx"), files.WORD),
    "Excel": (office_file("xlsx"), files.EXCEL),
    "PowerPoint": (office_file("pptx"), files.SLIDES),
}
REFUSED = {
    "nothing": (b"", files.EMPTY),
    "more than 10 MB": (b"a" * (files.LARGEST_FILE + 1), files.TOO_LARGE),
    "Windows program": (b"MZ\x90\0" + bytes(60), files.PROGRAM),
    "Linux program": (b"\x7fELF\x02\x01\x01" + bytes(60), files.PROGRAM),
    "Mac program": (b"\xcf\xfa\xed\xfe" + bytes(60), files.PROGRAM),
    "Java class": (b"\xca\xfe\xba\xbe" + bytes(60), files.PROGRAM),
    "shell script": (b"#!/bin/sh\nrm -rf ~\n", files.PROGRAM),
    "page": (b"<!DOCTYPE html><html></html>", files.PAGE),
    "page behind blanks and a mark": (b"\xef\xbb\xbf \n\t<HTML>", files.PAGE),
    "page that becomes a PDF": (PAGE + pdf(), files.PAGE),
    "script": (b"<script>1</script>", files.PAGE),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', files.PAGE),
    "SVG with a prefix": (b'<x:svg xmlns:x="http://www.w3.org/2000/svg"/>', files.PAGE),
    "XML": (b'<?xml version="1.0"?><svg/>', files.PAGE),
    "PDF with a page behind it": (pdf(b"\n" + PAGE), files.STITCHED),
    "PDF with an archive behind it": (pdf(archive({"A.class": b"x"})), files.STITCHED),
    "PDF around an archive": (pdf(archive({"a": b"x"}) + pdf()), files.STITCHED),
    "PDF with much behind it": (pdf(bytes(1025)), files.STITCHED),
    "PDF that was cut": (pdf().partition(b"%%EOF")[0], files.CUT),
    "PDF behind a byte": (b"\0" + pdf(), files.OTHER),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", files.PHOTO),
    "TIFF": (b"II*\0\x08\0\0\0" + bytes(20), files.OTHER),
    "film": (b"\0\0\0\x18ftypmp42\0\0\0\0" + bytes(20), files.OTHER),
    "RTF": (b"{\\rtf1 x}", files.OTHER),
    "UTF-16": ("令和\n".encode("utf-16"), files.CODED),
    "EUC-JP": ("機種依存".encode("euc-jp") + b"\xa0\xff", files.CODED),
    "old Word, or one with a password": (office.OLE + bytes(600), files.OLD_OFFICE),
    "ZIP": (archive({"a.txt": b"x"}), office.ARCHIVE),
    "JAR": (archive({"META-INF/MANIFEST.MF": b"x", "A.class": b"x"}), office.ARCHIVE),
    "Office without a known main part": (office_file(types=types_of("application/xml")), office.ARCHIVE),
    "Word and Excel at once": (
        office_file(
            types=types_of(WORD, f'<Override ContentType="{office.FAMILY}.spreadsheetml.sheet.main+xml"/>')
        ),
        office.ARCHIVE,
    ),
    "macros, called docx": (office_file(types=types_of(MACROS)), office.WITH_MACROS),
    "macros in the list of types": (office_file(types=types_of(WORD, VBA)), office.WITH_MACROS),
    "macros by their usual name": (office_file(parts={"word/vbaProject.bin": b"x"}), office.WITH_MACROS),
    "macros by a relation": (
        office_file(parts={"word/_rels/document.xml.rels": b'Type="http://x/vbaProject"'}),
        office.WITH_MACROS,
    ),
    "macros of the old Excel": (office_file("xlsx", {"xl/macrosheets/s.xml": b"x"}), office.WITH_MACROS),
    "a program inside": (office_file(parts={"word/embeddings/a.EXE": b"MZ"}), office.WITH_MACROS),
    "a document with macros inside": (
        office_file(parts={"word/embeddings/a.xlsm": b"x"}),
        office.WITH_MACROS,
    ),
    "macros spelt in entities": (
        office_file(types=types_of(WORD, '<Override ContentType="vba&#80;roject"/>')),
        office.DAMAGED,
    ),
    "a page behind Word": (office_file() + PAGE, office.DAMAGED),
    "one part twice": (twice(), office.DAMAGED),
    "a bomb": (office_file(parts={"word/media/a": bytes(office.MOST_UNPACKED)}), office.TOO_MUCH),
    "too many parts": (
        archive({"[Content_Types].xml": types_of(WORD)} | {f"{n}": b"" for n in range(office.MOST_PARTS)}),
        office.TOO_MUCH,
    ),
    "a cut archive": (office_file()[:-30], office.DAMAGED),
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_taken(case):
    content, kind = TAKEN[case]
    assert recognised(content, "名前.exe") == kind


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_and_why(case):
    content, reason = REFUSED[case]
    with pytest.raises(BadFile) as refusal:
        recognised(content, "会議資料.pdf")
    assert str(refusal.value) == reason


def test_a_part_that_is_more_than_it_declares_is_damage():
    content = bytearray(office_file(parts={"word/a": b"0123456789"}))
    place = content.index(b"0123456789") if b"0123456789" in content else content.index(b"word/a") + 8
    content[place] ^= 0xFF
    with pytest.raises(BadFile, match=office.DAMAGED):
        recognised(bytes(content))


def test_a_locked_part_is_refused():
    content = bytearray(office_file())
    for place in (content.index(b"PK\x03\x04") + 6, content.index(b"PK\x01\x02") + 8):
        content[place] |= 1
    with pytest.raises(BadFile, match=office.DAMAGED):
        recognised(bytes(content))


def test_only_the_name_tells_csv_from_text():
    content = "団体,件数\n".encode()
    assert [recognised(content, name) for name in ("a.CSV", "a.txt", "a")] == [
        files.CSV,
        files.TEXT,
        files.TEXT,
    ]


@pytest.mark.parametrize(
    ("typed", "kind", "kept"),
    [
        ("会議資料.pdf", files.PDF, "会議資料.pdf"),
        ("../../etc/passwd", files.TEXT, "passwd.txt"),
        ("C:\\Users\\a\\報告.PDF", files.PDF, "報告.PDF"),
        ("..", files.PDF, "ファイル.pdf"),
        ("", files.PNG, "ファイル.png"),
        (".htaccess", files.TEXT, "htaccess.txt"),
        ("請求書.exe", files.PDF, "請求書.exe.pdf"),
        ("絵.docx", files.PNG, "絵.png"),
        ("写真.jpeg", files.JPEG, "写真.jpeg"),
        ("第3.2版", files.TEXT, "第3.2版.txt"),
        ("か\u3099っこう.txt", files.TEXT, "がっこう.txt"),
        ("報告\u202excod.pdf", files.PDF, "報告xcod.pdf"),
        ("a\x00\r\n\tb.pdf", files.PDF, "ab.pdf"),
        ('<a>:"b"|?*.pdf', files.PDF, "_a___b____.pdf"),
        ("葛\U000e0100城市.pdf", files.PDF, "葛\U000e0100城市.pdf"),
        ("あ" * 200 + ".pdf", files.PDF, "あ" * 116 + ".pdf"),
    ],
)
def test_names(typed, kind, kept):
    assert clean_name(typed, kind) == kept
    assert clean_name(kept, kind) == kept


@pytest.mark.parametrize(
    ("size", "label"),
    [
        (1, "1KB"),
        (1024, "1KB"),
        (349_000, "341KB"),
        (1_048_000, "1023KB"),
        (1_048_576, "1.0MB"),
        (1_258_291, "1.2MB"),
    ],
)
def test_sizes(size, label):
    assert size_label(size) == label
