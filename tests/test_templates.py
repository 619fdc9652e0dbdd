"""Rules every template keeps: what the content security policy and the design system forbid, no dead ends."""

import re
from html.parser import HTMLParser
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
ICONS = {
    name.removesuffix(".svg")
    for name in ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes())).namelist()
}
FORBIDDEN = {"placeholder", "disabled", "readonly", "style"}
LINES = 120

every_template = pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates"))
)


class Tags(HTMLParser):
    """The start tags of a template, with all attributes it may print."""

    def __init__(self, source: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL))

    def handle_starttag(self, tag, attrs):
        """Keep the tag."""
        self.found.append((tag, dict(attrs)))


def tags(path: Path) -> list[tuple[str, dict[str, str | None]]]:
    """Name and attributes of every start tag."""
    return Tags(path.read_text()).found


def attributes(path: Path) -> list[tuple[str, str]]:
    """(name, value) of every attribute."""
    return [(name, value or "") for _, attrs in tags(path) for name, value in attrs.items()]


def test_parser_sees_conditional_attributes():
    source = '<input {% if a > b %}disabled{% endif %} onclick="x"><p style="y">'
    assert [name for _, attrs in Tags(source).found for name in attrs] == ["disabled", "onclick", "style"]


@every_template
def test_template_is_short(path):
    assert len(path.read_text().splitlines()) <= LINES


@every_template
def test_template_has_no_forbidden_attribute(path):
    bad = [name for name, _ in attributes(path) if name in FORBIDDEN or re.match(r"on|hx-on|hx-vars", name)]
    assert bad == []


@every_template
def test_template_has_no_inline_script_or_style(path):
    inline = [tag for tag, attrs in tags(path) if tag == "style" or (tag == "script" and "src" not in attrs)]
    assert inline == []


@every_template
def test_template_evaluates_nothing_in_htmx(path):
    bad = [
        (name, value)
        for name, value in attributes(path)
        if (name == "hx-trigger" and "[" in value)
        or (name.startswith("hx-") and re.match(r"js:|javascript:", value))
    ]
    assert bad == []


@every_template
def test_template_loads_nothing_from_another_host(path):
    addresses = [
        value for name, value in attributes(path) if name in {"src", "href", "srcset", "action", "data"}
    ]
    assert [value for value in addresses if re.match(r"(https?:)?//", value)] == []


@every_template
def test_template_has_no_dead_link(path):
    source = path.read_text()
    assert re.findall(r'href="(?:#|javascript:[^"]*|)"', source) == []


@every_template
def test_template_form_carries_the_token(path):
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text(), flags=re.DOTALL)
    assert [form[:80] for form in forms if "csrf_token" not in form] == []


@every_template
def test_template_button_says_its_type(path):
    assert [attrs for tag, attrs in tags(path) if tag == "button" and "type" not in attrs] == []


@every_template
def test_template_images_have_alternatives(path):
    assert [attrs for tag, attrs in tags(path) if tag == "img" and "alt" not in attrs] == []


@every_template
def test_template_icons_exist(path):
    used = set(re.findall(r"\{% lucide \"([\w-]+)\"", path.read_text()))
    assert used - ICONS == set()


@every_template
def test_template_static_files_exist(path):
    named = re.findall(
        r"""\{% static ["']([^"']+)["'] %\}|["']((?:stamps|img|css|js)/[\w./-]+)["']""", path.read_text()
    )
    missing = [name for pair in named for name in pair if name and not (ROOT / "static" / name).exists()]
    assert missing == []
