"""The house rules a machine can hold: sizes, names, imports, doors to content (docs/house.md)."""

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ("kyoso", "accounts", "channels_app", "secretariat", "slack_bridge", "bench")
FORBIDDEN_FILES = {"util", "utils", "helper", "helpers", "service", "services", "manager", "common", "core"}
FORBIDDEN_WORDS = FORBIDDEN_FILES | {"managers", "data", "info"}
FORBIDDEN_STARTS = ("do_", "handle_", "process_")
# Names a framework calls.
IMPOSED = {"handle_no_permission", "data_received", "process_view"}
IMPOSED |= {"handle_raw_input", "receive_data_chunk"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Measured:
    """A function with its length: lines of code without docstring, comments and blank lines."""

    path: Path
    name: str
    lines: int

    def __str__(self) -> str:
        return f"{self.path.relative_to(PROJECT)}: {self.name} has {self.lines} lines"


def python_files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (PROJECT / folder).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def ours() -> list[Path]:
    return [PROJECT / "manage.py", *python_files(*ROOMS)]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def length(function: Function, source: list[str]) -> int:
    """Lines of code from `def` to the end."""
    lines = set(range(function.lineno, function.end_lineno + 1))
    if ast.get_docstring(function):
        lines -= set(range(function.body[0].lineno, function.body[0].end_lineno + 1))
    code = (source[number - 1].strip() for number in lines)
    return sum(1 for line in code if line and not line.startswith("#"))


def measured(paths: list[Path]) -> list[Measured]:
    return [
        Measured(path, function.name, length(function, path.read_text().splitlines()))
        for path in paths
        for function in functions(path)
    ]


def too_long(paths: list[Path], limit: int) -> list[str]:
    return [str(found) for found in measured(paths) if found.lines > limit]


def test_functions_are_short():
    lengths = [found.lines for found in measured(ours())]
    assert statistics.median(lengths) <= 8
    assert statistics.quantiles(lengths, n=10)[-1] <= 25


def test_no_function_is_over_45_lines():
    assert too_long([*ours(), *python_files("tests")], 45) == []


def test_views_have_at_most_20_lines():
    assert too_long([path for path in ours() if "views" in path.parts], 20) == []


def test_actions_have_at_most_30_lines():
    assert too_long([path for path in ours() if "actions" in path.parts], 30) == []


@pytest.mark.parametrize(
    ("folders", "pattern", "limit"),
    [
        (ROOMS, "*.py", 250),
        (("tests",), "*.py", 400),
        (("templates",), "*", 120),
        (("static/js",), "*.js", 200),
    ],
)
def test_files_are_short(folders, pattern, limit):
    found = [path for folder in folders for path in (PROJECT / folder).rglob(pattern) if path.is_file()]
    found = [path for path in found if "migrations" not in path.parts and "__pycache__" not in path.parts]
    counts = {str(path.relative_to(PROJECT)): path.read_text().count("\n") for path in found}
    assert {name: count for name, count in counts.items() if count > limit} == {}


def test_file_names_say_what_is_in_them():
    names = [path for room in (*ROOMS, "tests") for path in (PROJECT / room).rglob("*")]
    assert [str(p) for p in names if FORBIDDEN_FILES & set(re.split(r"[_.]", p.name.lower()))] == []


def test_function_names_are_what_a_member_would_say():
    named = [(path, function.name) for path in ours() for function in functions(path)]
    assert [
        f"{path.relative_to(PROJECT)}: {name}"
        for path, name in named
        if name not in IMPOSED
        and (name.startswith(FORBIDDEN_STARTS) or FORBIDDEN_WORDS & set(name.split("_")))
    ] == []


def test_imports_are_at_the_top():
    inside = [
        f"{path.relative_to(PROJECT)}:{node.lineno} in {function.name}"
        for path in ours()
        for function in functions(path)
        if function.name != "ready"
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_views_reach_content_through_a_permission():
    doors = re.compile(r"\.objects\.(?:all|get)\(|\.get\(\s*(?:pk|id)=|get_object_or_404\(\s*[A-Z]\w*\s*,")
    views = [path for path in ours() if "views" in path.parts]
    assert [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for path in views
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if doors.search(line)
    ] == []


def test_models_only_hold_facts():
    models = [path for path in ours() if "models" in path.parts]
    assert [f"{p.relative_to(PROJECT)}: save" for p in models for f in functions(p) if f.name == "save"] == []
    listening = re.compile(r"django\.db\.models\.signals|\b(?:pre|post)_(?:save|delete)\b")
    assert [str(path.relative_to(PROJECT)) for path in ours() if listening.search(path.read_text())] == []


def test_imports_point_down():
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
