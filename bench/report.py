"""The report: a table to read, JSON to compare, and the goals beside what was measured."""

import json
from dataclasses import dataclass
from pathlib import Path

from bench.stage import Figure, Goal, Row

HEADS = ("arm", "per s", "per CPU s", "p50 ms", "p95 ms", "p99 ms", "spread", "queries", "bytes", "gzip", "")
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


@dataclass(frozen=True)
class Report:
    """All figures of one run, and the machine they belong to."""

    machine: dict[str, str]
    figures: list[Figure]

    def markdown(self) -> str:
        """Tables for people."""
        head = " · ".join(f"{name} {told}" for name, told in self.machine.items())
        return "\n".join([head, "", *tables(self.figures), *goal_table(self.figures), ""])

    def write(self, folder: Path) -> Path:
        """JSON under var/bench/; returns the file."""
        folder.mkdir(parents=True, exist_ok=True)
        day, commit = self.machine["day"], self.machine["commit"].replace("+", "-changed")
        path = folder / f"{day[:10]}-{commit}.json"
        path.write_text(json.dumps(self.plain(), indent=1, ensure_ascii=False) + "\n")
        return path

    def plain(self) -> dict:
        """Everything, with the times of each turn, as JSON can hold it."""
        return {"machine": self.machine, "figures": [plain_figure(figure) for figure in self.figures]}

    def insert_into(self, page: Path) -> None:
        """Replace what stands between the two marks of a page."""
        before, rest = page.read_text().split(BEGIN)
        page.write_text(f"{before}{BEGIN}\n{self.markdown()}{END}{rest.split(END)[1]}")


def tables(figures: list[Figure]) -> list[str]:
    """The lines of the figures' tables."""
    lines = []
    for figure in figures:
        notes = [line for note in figure.notes for line in (note, "")]
        lines += [f"### {figure.title}", "", *notes]
        lines += [*table(HEADS, [cells(row) for row in figure.rows]), ""]
    return lines


def goal_table(figures: list[Figure]) -> list[str]:
    """The lines of the goals, each with what this run measured."""
    rows = [goal_cells(goal) for figure in figures for goal in figure.goals]
    return ["### Goals", "", *table(("goal", "wanted", "measured", ""), rows)]


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """A Markdown table whose columns also line up on a terminal."""
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    drawn = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    return [drawn[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *drawn[1:]]


def cells(row: Row) -> tuple[str, ...]:
    """One line of a figure's table."""
    outcome = row.outcome
    return (
        row.arm,
        number(outcome.per_second),
        number(outcome.per_cpu_second),
        *(number(outcome.percentile(percent)) for percent in (50, 95, 99)),
        f"{outcome.spread:.0%}",
        *(number(count) for count in (row.queries, row.bytes, row.gzip)),
        row.note,
    )


def number(amount: float | None) -> str:
    """Three figures at least, and no more than a reader needs."""
    if amount is None:
        return ""
    return f"{amount:,.0f}" if amount >= 100 or isinstance(amount, int) else f"{amount:.3g}"


def goal_cells(goal: Goal) -> tuple[str, str, str, str]:
    """One line of the goals."""
    sign = "≤" if goal.at_most else "≥"
    return (
        goal.name,
        f"{sign} {goal.bound:g} {goal.unit}".strip(),
        f"{goal.measured:.3g} {goal.unit}".strip(),
        "met" if goal.met else "**not met**",
    )


def plain_figure(figure: Figure) -> dict:
    """A figure as JSON."""
    goals = [vars(goal) | {"met": goal.met} for goal in figure.goals]
    return {
        "title": figure.title,
        "notes": figure.notes,
        "rows": [plain_row(row) for row in figure.rows],
        "goals": goals,
    }


def plain_row(row: Row) -> dict:
    """A row as JSON: rates and percentiles, and for each turn its rate and CPU."""
    outcome = row.outcome
    turns = [
        {"count": s.count, "seconds": round(s.seconds, 4), "cpu": round(s.cpu, 3)} for s in outcome.samples
    ]
    percentiles = {f"p{percent}": round(outcome.percentile(percent), 3) for percent in (50, 95, 99)}
    facts = {"arm": row.arm, "note": row.note, "queries": row.queries, "bytes": row.bytes, "gzip": row.gzip}
    rates = {
        "per_second": outcome.per_second,
        "per_cpu_second": outcome.per_cpu_second,
        "spread": outcome.spread,
    }
    return facts | rates | percentiles | {"turns": turns}
