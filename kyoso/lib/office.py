"""Word, Excel and PowerPoint files (Office Open XML): which of them one is, and that it holds no program.

The archive is looked into without trusting it: sizes are bounded before anything is unpacked, and what it
unpacks to is checked against what it declares.
"""

import io
import re
import zipfile

FAMILY = "application/vnd.openxmlformats-officedocument"
ZIP = b"PK\x03\x04"
LAST = b"PK\x05\x06"  # of the record that ends an archive without a comment, 22 bytes
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # before 2007, and whatever a password locks
TYPES = "[Content_Types].xml"
MAIN = {
    f"{FAMILY}.wordprocessingml.document.main+xml": f"{FAMILY}.wordprocessingml.document",
    f"{FAMILY}.spreadsheetml.sheet.main+xml": f"{FAMILY}.spreadsheetml.sheet",
    f"{FAMILY}.presentationml.presentation.main+xml": f"{FAMILY}.presentationml.presentation",
}
MOST_PARTS = 5_000
MOST_UNPACKED = 200 * 1024 * 1024  # bytes, of at most 10 MB
LARGEST_LIST = 2 * 1024 * 1024  # bytes of one list of types or relations
MACROS = re.compile(rb"macroenabled|vbaproject|macrosheet", re.IGNORECASE)
HIDDEN = re.compile(rb"&#|<!")  # entities could spell what MACROS looks for
PROGRAM_NAMES = re.compile(
    r"vbaproject|macrosheets/|\.(?:docm|dotm|xlsm|xltm|xlam|pptm|potm|ppsm|exe|dll|js|jse|vbs|ps1|bat|cmd|hta|lnk|jar)$",
    re.IGNORECASE,
)

ARCHIVE = "ZIPなどの書庫は、中身を確かめられないので添付できません。ファイルを1つずつ選んでください。"
WITH_MACROS = "マクロなどのプログラムを含むOfficeファイルは添付できません。マクロなしで保存し直してください。"
DAMAGED = "Officeファイルを読み取れませんでした。開いて保存し直してから、もう一度選んでください。"
TOO_MUCH = "展開すると大きくなりすぎるファイルです。分けてから選び直してください。"


class BadOffice(Exception):
    """An archive that is not taken. `str(error)` is the Japanese sentence to show."""


def main_part(content: bytes) -> str:
    """The media type of a document in an archive: one of the values of MAIN.

    Raises BadOffice for other archives, programs inside, encryption, damage, something glued before or behind
    the archive, and for more than 200 MB unpacked.
    """
    if content[-22:-18] != LAST:
        raise BadOffice(DAMAGED)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _main_part(archive)
    except BadOffice:
        raise
    except Exception as error:  # an archive made to hurt raises nearly anything
        raise BadOffice(DAMAGED) from error


def _main_part(archive: zipfile.ZipFile) -> str:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if TYPES not in names:
        raise BadOffice(ARCHIVE)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise BadOffice(TOO_MUCH)
    whole = min(part.header_offset for part in parts) == 0 and not archive.comment
    if not whole or len(set(names)) < len(names) or any(part.flag_bits & 1 for part in parts):
        raise BadOffice(DAMAGED)
    if any(map(PROGRAM_NAMES.search, names)):
        raise BadOffice(WITH_MACROS)
    return _declared(archive, parts)


def _declared(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> str:
    """The type the archive declares, once its lists name no program and every part is what it declares."""
    lists = [part for part in parts if part.filename == TYPES or part.filename.endswith(".rels")]
    if any(part.file_size > LARGEST_LIST for part in lists):
        raise BadOffice(TOO_MUCH)
    texts = {part.filename: archive.read(part) for part in lists}
    if any(map(MACROS.search, texts.values())):
        raise BadOffice(WITH_MACROS)
    if HIDDEN.search(texts[TYPES]) or archive.testzip() is not None:
        raise BadOffice(DAMAGED)
    found = set(re.findall(r'ContentType="([^"]+)"', texts[TYPES].decode("utf-8-sig"))) & MAIN.keys()
    if len(found) != 1:
        raise BadOffice(ARCHIVE)
    return MAIN[found.pop()]
