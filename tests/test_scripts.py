"""The scripts as a whole: what the policy forbids, how they import, what a site serves of them."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rjsmin import jsmin

from tests.site import PROJECT

SCRIPTS = PROJECT / "static" / "js"
IMPORT = re.compile(r'^import (?:\{[^}]*\}|\w+) from "(\.{1,2}/[^"]+\.js)";$', re.MULTILINE)
ON_DEMAND = re.compile(r'\bimport\("(\.{1,2}/[^"]+\.js)"\)')
ANY_IMPORT = re.compile(r"^\s*import\b|\bimport\(", re.MULTILINE)
MODULES = sorted(SCRIPTS.rglob("*.js"))
# Bytes of gzip, module by module, as a site serves them: what one page loads, and what comes later at most.
BUDGET, ON_DEMAND_BUDGET = 43_000, 9_500


def imports_of(module: Path) -> list[Path]:
    """The modules that one imports, without which it cannot run."""
    return [(module.parent / name).resolve() for name in IMPORT.findall(module.read_text())]


def fetched_by(module: Path) -> list[Path]:
    """The modules that one fetches when somebody reaches for what they do."""
    return [(module.parent / name).resolve() for name in ON_DEMAND.findall(module.read_text())]


def entries() -> list[Path]:
    """The modules that templates load."""
    texts = "".join(template.read_text() for template in (PROJECT / "templates").rglob("*.html"))
    return [SCRIPTS / name for name in sorted(set(re.findall(r"static 'js/([\w/-]+\.js)'", texts)))]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SCRIPTS)))
def test_a_module_keeps_the_content_policy(module):
    text = module.read_text()
    forbidden = (
        r"\beval\(|new Function|\.style\b|cssText|\.innerHTML|outerHTML|insertAdjacentHTML|document\.write"
    )
    assert re.findall(forbidden, text) == []
    assert re.findall(r"setAttribute\(\"(?:style|on\w+)\"", text) == []
    assert re.findall(r"https?://|//\w+\.\w+", re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)) == []


def test_only_one_module_turns_strings_into_nodes():
    makers = [str(module.relative_to(SCRIPTS)) for module in MODULES if "DOMParser" in module.read_text()]
    assert makers == ["place.js"]


def test_every_import_is_written_so_that_it_gets_its_hash_and_exists():
    for module in MODULES:
        written = IMPORT.findall(module.read_text()) + ON_DEMAND.findall(module.read_text())
        assert len(written) == len(ANY_IMPORT.findall(module.read_text())), module
        assert [found for found in imports_of(module) + fetched_by(module) if not found.exists()] == []


def test_imports_run_in_no_circle():
    done: set[Path] = set()

    def follow(module: Path, trail: tuple[Path, ...]) -> None:
        assert module not in trail, [step.name for step in (*trail, module)]
        if module not in done:
            for imported in imports_of(module) + fetched_by(module):
                follow(imported, (*trail, module))
            done.add(module)

    for entry in entries():
        follow(entry, ())
    assert sorted(done) == MODULES, "a module that no page loads"


def weight(module: Path) -> int:
    """What a site sends for one module."""
    return len(gzip.compress(jsmin(module.read_text()).encode(), 9))


def loaded_by(*starts: Path) -> set[Path]:
    """The modules that a page fetches: those its templates name and whatever they import."""
    found, waiting = set(), list(starts)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += imports_of(module)
    return found


def test_the_modules_of_any_page_stay_within_their_budget():
    everywhere = [SCRIPTS / "app.js", SCRIPTS / "session-watch.js"]
    for entry in entries():
        assert sum(map(weight, loaded_by(*everywhere, entry))) <= BUDGET, entry.name


def test_what_comes_on_demand_is_not_there_before_and_stays_within_its_budget():
    at_once = loaded_by(SCRIPTS / "app.js", SCRIPTS / "session-watch.js")
    later = loaded_by(*(found for module in MODULES for found in fetched_by(module))) - at_once
    assert [module.name for starts in MODULES for module in fetched_by(starts) if module in at_once] == []
    assert sum(map(weight, later)) <= ON_DEMAND_BUDGET


def test_what_carries_the_frames_is_there_before_the_network_breaks():
    at_once = loaded_by(SCRIPTS / "app.js")
    assert [module.name for module in MODULES if module.parent.name == "live" and module not in at_once] == []


def test_collected_modules_import_each_other_by_their_hashed_names(tmp_path):
    settings = {"DJANGO_SETTINGS_MODULE": "kyoso.settings", "KYOSO_VAR": str(tmp_path)}
    outside = {"DATABASE_URL": "postgres://x@127.0.0.1:1/x", "SITE_URL": "http://127.0.0.1:8000"}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=PROJECT,
        env=os.environ | settings | outside | {"EMAIL_URL": "smtp://127.0.0.1:9?tls=off"},
        check=True,
    )
    folder = tmp_path / "static"
    names = json.loads((folder / "staticfiles.json").read_text())["paths"]
    for module in MODULES:
        text = (folder / names[f"js/{module.relative_to(SCRIPTS)}"]).read_text()
        base = (folder / "js" / module.relative_to(SCRIPTS)).parent
        served = re.findall(r'from"(\.{1,2}/[^"]+\.js)";', text)
        served += re.findall(r'import\("(\.{1,2}/[^"]+\.js)"\)', text)
        found = [str((base / name).resolve().relative_to(folder.resolve())) for name in served]
        asked = imports_of(module) + fetched_by(module)
        wanted = [names[str(path.relative_to(PROJECT / "static"))] for path in asked]
        assert found == wanted
