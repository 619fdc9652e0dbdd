"""The report: JSON to compare, tables to read, and the page of promises. What is not met is said first."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.report import table
from tests.reliability.figures import FIGURES, Figure

# (key that a Target names, what is promised, the value, where it comes from)
PROMISES = (
    ("lost", "events lost", "0", "R1, R2, R3, R4, R9"),
    ("duplicated", "posts written twice", "0", "R2, R3, R4"),
    ("access", "events heard by somebody who may not", "0", "R2, R3"),
    ("delivery", "delivery, p99 at 1,000 sockets", "< 300 ms", "R6"),
    ("killed", "recovery after a worker is killed, p95", "< 5 s", "R3"),
    ("wake", "caught up after sleep", "< 3 s", "R3 (F14)"),
    ("acknowledged", "a post is acknowledged, p95", "< 100 ms", "R6"),
    ("cost", "CPU of a delivery at 1,000 sockets beside a textbook consumer", "≤ 1/30", "R6"),
    ("slope", "growth of a live process", "≤ 1 MB/h", "R7"),
    ("restored", "rows and files that differ after backup and restore", "0", "R12"),
    ("deploy", "failed requests in a rolling restart or upgrade", "0", "R3 (F22), R5, R13"),
)
VERDICTS = {True: "met", False: "**not met**", None: "not measured"}
HEAD = """# Reliability

What Kyoso promises about its live delivery, and what was measured. `make reliability` makes every figure on
your own machine (profile *short*, a few minutes); `PROFILE=full make reliability` takes a night. This page is
written by `python -m tests.reliability --write-docs`; nothing on it is typed by hand.

**How to read it.** Losses, duplicates, gaps and access are *checked*: one that fails makes the command fail.
Milliseconds are *published* and compared with a target, met or not; they belong to the machine named below.
Every figure has a control arm, which must fail or be worse; in R8 it is the same crowd undisturbed. The
database is the oracle, not the server's own counters. Everything is real: PostgreSQL, Redis, servers as in
production, signals, sockets on 127.0.0.1; only R9 plays the network, the database and the browsers.
The load runs on one core and the servers on the other of the same machine. A figure is only as good as the
line above its table: profile, commit (+ means with changes), seed, load of the machine before it began.
"""


def plain(figure: Figure, header: dict[str, str]) -> dict[str, Any]:
    """A figure as JSON, with the machine and the moment it belongs to."""
    return {"header": header} | asdict(figure) | {"ok": figure.ok}


def keep(figure: dict[str, Any], path: Path) -> dict[str, Any]:
    """Write a figure into the kept report, in place of its former self; returns all that are kept."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept[figure["id"]] = figure
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False, default=str) + "\n")
    return kept


def page(kept: dict[str, Any]) -> str:
    """The whole of docs/reliability.md from the figures that are kept."""
    figures = [kept[name] for name in sorted(kept, key=lambda name: int(name[1:]))]
    shared = shared_by(figures)
    lines = [
        HEAD,
        in_one_line(shared),
        "",
        "## Promises",
        "",
        *promises(figures),
        "",
        "## Targets",
        "",
        *targets(figures),
        "",
    ]
    failed = [figure["id"] for figure in figures if not figure["ok"]]
    if failed:
        lines += [f"**Something that must be so is not, see there:** {', '.join(failed)}.", ""]
    missing = [name for name in FIGURES if name not in kept]
    if missing:
        lines += [f"Not made for this page: {', '.join(missing)}.", ""]
    return "\n".join([*lines, *[line for figure in figures for line in part(figure, shared)]])


def shared_by(figures: list[dict]) -> dict[str, str]:
    """What all figures belong to: said once, above everything."""
    told = [figure["header"].items() for figure in figures]
    return dict(pair for pair in told[0] if all(pair in other for other in told)) if told else {}


def in_one_line(header: dict[str, str]) -> str:
    """Small print."""
    return " · ".join(f"{name} {told}" for name, told in header.items())


def promises(figures: list[dict]) -> list[str]:
    """The service page: promise, value, what was measured, by which figure."""
    found = [(figure["id"], target) for figure in figures for target in figure["targets"]]
    rows = []
    for key, promise, value, source in PROMISES:
        mine = [(name, target) for name, target in found if target["promise"] == key]
        told = "; ".join(f"{target['measured']} ({name})" for name, target in mine)
        rows.append((promise, value, told or "–", verdict([t for _, t in mine]), source))
    return table(("promise", "value", "measured", "", "from"), rows)


def verdict(found: list[dict]) -> str:
    """Met only when every figure that measures it meets it, and at least one does."""
    told = [target["met"] for target in found if target["met"] is not None]
    return VERDICTS[all(told) if told else None]


def targets(figures: list[dict]) -> list[str]:
    """Every target of every figure."""
    rows = [
        (figure["id"], target["name"], target["wanted"], target["measured"], VERDICTS[target["met"]])
        for figure in figures
        for target in figure["targets"]
    ]
    return table(("figure", "target", "wanted", "measured", ""), rows)


def part(figure: dict[str, Any], shared: dict[str, str]) -> list[str]:
    """One figure: what it belongs to beside what is `shared` by all, notes, table, checks."""
    own = {name: told for name, told in figure["header"].items() if name not in shared}
    head = in_one_line(own | {"took": f"{figure['seconds']} s"})
    lines = [f"## {figure['id']} {figure['title']}", "", f"<sub>{head}</sub>", ""]
    lines += [line for note in figure["notes"] for line in (note, "")]
    if figure["rows"]:
        heads = tuple(figure["rows"][0])
        lines += [*table(heads, [tuple(shown(row.get(key)) for key in heads) for row in figure["rows"]]), ""]
    checks = [(c["name"], "yes" if c["ok"] else "**NO**", one_line(c["detail"])) for c in figure["checks"]]
    return [*lines, *table(("what must be so", "", ""), checks), ""]


def shown(value: Any) -> str:
    """A cell: whole numbers with commas, others with three figures."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return one_line(str(value))
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    )


def one_line(text: str) -> str:
    """Text that does not break a table."""
    return " ".join(text.split()).replace("|", "\\|")[:300]


def printed(figure: Figure, header: dict[str, str]) -> str:
    """A figure for the terminal."""
    told = plain(figure, header)
    return "\n".join([*part(told, {}), *targets([told]), ""])
