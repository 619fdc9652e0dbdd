"""Small real files of every kind that members attach, and some that want to be more than they are."""

import io
import zipfile

from PIL import Image

FAMILY = "application/vnd.openxmlformats-officedocument"
MAIN = {
    "docx": ("word/document.xml", f"{FAMILY}.wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", f"{FAMILY}.spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", f"{FAMILY}.presentationml.presentation.main+xml"),
}
PAGE = b"<html><script>alert(document.domain)</script></html>"


def pdf(tail: bytes = b"\n") -> bytes:
    """A PDF of one empty page; `tail` follows its end."""
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    body += b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    body += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    return body + b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF" + tail


def picture(form: str = "PNG", size: tuple[int, int] = (80, 60), **how) -> bytes:
    """A picture: the left half red, the right half blue."""
    drawn = Image.new("RGB", size, "red")
    drawn.paste("blue", (size[0] // 2, 0, *size))
    out = io.BytesIO()
    drawn.save(out, form, **how)
    return out.getvalue()


def archive(parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def types_of(media_type: str, more: str = "") -> bytes:
    """The list of types of an Office file whose main part is of this type."""
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{space}"><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/main.xml" ContentType="{media_type}"/>'
        f"{more}</Types>"
    ).encode()


def office(ending: str = "docx", parts: dict[str, bytes] | None = None, types: bytes = b"") -> bytes:
    """A Word, Excel or PowerPoint file; `parts` are put in as well."""
    name, media_type = MAIN[ending]
    relations = b'<?xml version="1.0"?><Relationships xmlns="r"/>'
    base = {"[Content_Types].xml": types or types_of(media_type), "_rels/.rels": relations, name: b"<x/>"}
    return archive(base | (parts or {}))
