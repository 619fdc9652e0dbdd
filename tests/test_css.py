"""The style sheets: their weight, their vocabulary and the contrast of every pair of colours."""

import gzip
import re
from pathlib import Path

import pytest

from kyoso.staticfiles import cssmin

CSS = Path(__file__).resolve().parent.parent / "static" / "css"
SHEETS = sorted(CSS.glob("*.css"))
COMPONENTS = [sheet for sheet in SHEETS if sheet.name not in {"tokens.css", "dark.css", "print.css"}]
TEMPLATES = CSS.parent.parent / "templates"
BUDGET = 20 * 1024  # gzip, the sheets of any one page, each for itself as it is served
TEXT, SHAPE = 4.5, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11

PAGE, SIDE, SOFT, RAISED = "surface", "surface-side", "surface-soft", "surface-raised"
CHIPS = ["gray", "blue", "light-blue", "cyan", "green", "lime"]
CHIPS += ["yellow", "orange", "red", "magenta", "purple"]
# role, foreground, grounds from the bottom up, least ratio
PAIRS = [
    ("text", "text", [PAGE], TEXT),
    ("text under the pointer", "text", [PAGE, "hover"], TEXT),
    ("channel name", "text", [SIDE], TEXT),
    ("channel name under the pointer", "text", [SIDE, "hover"], TEXT),
    ("text on a soft band", "text", [SOFT], TEXT),
    ("heading", "text-strong", [PAGE], TEXT),
    ("heading on a soft band", "text-strong", [SOFT], TEXT),
    ("menu item", "text", [RAISED], TEXT),
    ("menu item under the pointer", "text", [RAISED, "hover"], TEXT),
    ("secondary text", "text-sub", [PAGE], TEXT),
    ("secondary text under the pointer", "text-sub", [PAGE, "hover"], TEXT),
    ("secondary text in the list", "text-sub", [SIDE], TEXT),
    ("secondary text on a soft band", "text-sub", [SOFT], TEXT),
    ("secondary text in an open post", "text-sub", [PAGE, "selected-soft"], TEXT),
    ("secondary text in a menu", "text-sub", [RAISED], TEXT),
    ("link", "link", [PAGE], TEXT),
    ("link on a soft band", "link", [SOFT], TEXT),
    ("link under the pointer", "link-hover", [PAGE], TEXT),
    ("visited link", "link-visited", [PAGE], TEXT),
    ("pressed link", "link-active", [PAGE], TEXT),
    ("button", "on-button", ["button"], TEXT),
    ("button under the pointer", "on-button", ["button-hover"], TEXT),
    ("pressed button", "on-button", ["button-active"], TEXT),
    ("outline button", "accent", [PAGE], TEXT),
    ("outline button under the pointer", "accent", [PAGE, "outline-hover"], TEXT),
    ("pressed outline button", "accent", [PAGE, "outline-active"], TEXT),
    ("text button under the pointer", "accent", [PAGE, "text-button-hover"], TEXT),
    ("pressed text button", "accent", [PAGE, "text-button-active"], TEXT),
    ("current place", "on-selected", [SIDE], TEXT),
    ("current channel", "on-selected", [SIDE, "selected"], TEXT),
    ("pressed stamp, mention", "on-selected", [PAGE, "selected-soft"], TEXT),
    ("my mention", "on-selected", [PAGE, "selected"], TEXT),
    ("error", "error-text", [PAGE], TEXT),
    ("error in the list", "error-text", [SIDE], TEXT),
    ("connection lost", "error-text", [PAGE, "error-soft"], TEXT),
    ("success", "success-text", [PAGE], TEXT),
    ("connection slow", "warning-text", [PAGE, "warning-soft"], TEXT),
    ("due today", "chip-orange-text", [PAGE], TEXT),
    ("due today, chosen", "chip-orange-text", [PAGE, "selected-soft"], TEXT),
    ("badge of most people", "chip-gray-text", ["line"], TEXT),
    ("focused link", "focus-text", ["focus-ground"], TEXT),
    *[(f"chip {name}", f"chip-{name}-text", [PAGE, f"chip-{name}-soft"], TEXT) for name in CHIPS],
    *[(f"avatar {tone}", f"avatar-{tone}-text", [f"avatar-{tone}"], TEXT) for tone in range(1, 9)],
    ("border of an input", "line-input", [PAGE], SHAPE),
    ("sign of success", "success-line", [PAGE], SHAPE),
    ("sign of an error", "error-line", [PAGE], SHAPE),
    ("sign of a warning", "warning-line", [PAGE], SHAPE),
    ("edge of an official post", "accent", [PAGE], SHAPE),
    ("focus ring", "focus-outer", [PAGE], SHAPE),
    ("focus ring in the list", "focus-outer", [SIDE], SHAPE),
    ("focus ring on the chosen channel", "focus-outer", [SIDE, "selected"], SHAPE),
]


def declarations(text: str) -> dict[str, str]:
    """Custom properties of a piece of CSS, the last one winning."""
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", text))


def schemes() -> dict[str, dict[str, str]]:
    """The values in the light scheme (tokens.css) and in the dark one (dark.css over it)."""
    light, dark = (declarations((CSS / f"{name}.css").read_text()) for name in ("tokens", "dark"))
    return {"light": light, "dark": light | dark}


SCHEMES = schemes()


def colour(values: dict[str, str], name: str) -> tuple[float, float, float, float]:
    """Red, green, blue (0 to 255) and opacity (0 to 1) of a custom property, aliases followed."""
    value = values[name]
    if alias := re.fullmatch(r"var\((--[\w-]+)\)", value):
        return colour(values, alias[1])
    if value == "transparent":
        return (0, 0, 0, 0)
    if part := re.fullmatch(r"rgb\((\d+) (\d+) (\d+) / (\d+)%\)", value):
        red, green, blue, percent = map(int, part.groups())
        return (red, green, blue, percent / 100)
    return (*bytes.fromhex(value.removeprefix("#")), 1)


def painted(values: dict[str, str], names: list[str]) -> tuple[float, float, float]:
    """The opaque colour of grounds laid over each other."""
    red = green = blue = 0.0
    for name in names:
        r, g, b, a = colour(values, f"--ky-{name}")
        red, green, blue = r * a + red * (1 - a), g * a + green * (1 - a), b * a + blue * (1 - a)
    return red, green, blue


def luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [c / 12.92 if (c := v / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for v in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Contrast ratio (WCAG 2.2), 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_formula_knows_the_extremes():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (242, 242, 242)) == pytest.approx(4.06, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("role", "text", "grounds", "least"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_pair_can_be_read(scheme, role, text, grounds, least):
    values = SCHEMES[scheme]
    ground = painted(values, grounds)
    assert contrast(painted(values, [*grounds, text]), ground) >= least


LINKED = re.compile(r"{% static 'css/([\w-]+\.css)' %}")
OWN_STYLES = re.compile(r"{% block (screen_styles|styles) %}(.*?){% endblock %}\n", re.DOTALL)
PAGES = [path for path in sorted(TEMPLATES.rglob("*.html")) if not path.name.startswith("_")]


def sheets_of(page: Path) -> list[str]:
    """What a page links: itself, by its frames, and with what it puts in their place."""
    text = page.read_text()
    parent = re.match(r'{% extends "([^"]+)" %}', text)
    if parent is None:
        return LINKED.findall(text)
    inherited = sheets_of(TEMPLATES / parent[1])
    own = OWN_STYLES.search(text)
    if own is None:
        return inherited
    kept = inherited if "block.super" in own[2] else sheets_without(parent[1], own[1])
    return list(dict.fromkeys([*kept, *LINKED.findall(own[2])]))


def sheets_without(parent: str, block: str) -> list[str]:
    """What is left of a frame's sheets when a page replaces one of its blocks."""
    gone = sheets_in(parent, block)
    return [name for name in sheets_of(TEMPLATES / parent) if name not in gone]


def sheets_in(template: str, block: str) -> list[str]:
    """The sheets of one block, with those of the frames it takes over."""
    text = (TEMPLATES / template).read_text()
    own = re.search(rf"{{% block {block} %}}(.*?){{% endblock %}}", text, re.DOTALL)
    frame = re.match(r'{% extends "([^"]+)" %}', text)
    above = sheets_in(frame[1], block) if frame and (own is None or "block.super" in own[1]) else []
    return [*above, *(LINKED.findall(own[1]) if own else [])]


def weight(sheet: str) -> int:
    """What a site sends for one sheet, in bytes of gzip."""
    return len(gzip.compress(cssmin((CSS / sheet).read_text()).encode(), 6))


def test_a_sheet_is_served_without_comments_and_otherwise_the_same():
    sheet = "/* why */\n.a { color: red; }\n\n  .b > .c { content: '（'; } /* x\n y */\n"
    assert cssmin(sheet) == ".a { color: red; }\n.b > .c { content: '（'; }"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_the_sheets_of_a_page_keep_their_weight(page):
    sheets = sheets_of(page)
    assert sum(map(weight, sheets)) <= BUDGET


def test_the_channel_page_links_what_it_draws():
    sheets = sheets_of(TEMPLATES / "channels" / "show.html")
    assert {"tokens.css", "app.css", "post.css", "timeline.css", "composer.css", "utilities.css"} <= set(
        sheets
    )
    assert "directory.css" not in sheets


@pytest.mark.parametrize("sheet", COMPONENTS, ids=lambda sheet: sheet.name)
def test_component_takes_colours_from_aliases_only(sheet):
    own = re.findall(r"--color-[\w-]+|#[0-9a-fA-F]{3,8}\b(?=[^{]*})|rgba?\([^)]*\)", sheet.read_text())
    assert own == []


@pytest.mark.parametrize("sheet", COMPONENTS, ids=lambda sheet: sheet.name)
def test_component_uses_defined_names_only(sheet):
    text = sheet.read_text()
    known = SCHEMES["light"].keys() | declarations(text).keys()
    assert set(re.findall(r"var\((--[\w-]+)", text)) - known == set()


@pytest.mark.parametrize("sheet", COMPONENTS, ids=lambda sheet: sheet.name)
def test_component_has_no_size_of_its_own_for_type(sheet):
    sizes = re.findall(r"font-size:\s*([^;}]+)", sheet.read_text())
    assert [size for size in sizes if not size.startswith("var(--font-size-")] == []


def test_dark_scheme_names_nothing_new():
    assert SCHEMES["dark"].keys() == SCHEMES["light"].keys()
