"""Every reliability figure at its smallest size: all its checks hold, and a check that fails is told."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from random import Random

import pytest

from bench.arms import Sample
from tests.orphans import stop_orphan
from tests.reliability import figures, making, report, sequence, slow, soak, upgrade
from tests.reliability.figures import FIGURES, Figure, Target
from tests.site import PROJECT

LIMIT_SECONDS = 560

pytestmark = pytest.mark.timeout(LIMIT_SECONDS + 20)  # a whole run; a quiet machine needs a tenth


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    """The report of one real run of everything, with a PostgreSQL of its own."""
    var = tmp_path_factory.mktemp("reliability")
    command = [sys.executable, "-m", "tests.reliability", "--profile", "smoke", "--seed", "1"]
    environment = os.environ | {"KYOSO_VAR": str(var)}
    ended = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS
    )
    print(ended.stdout, ended.stderr)
    yield json.loads((var / "reliability" / "report.json").read_text())
    stop_orphan(var / "reliability")


@pytest.mark.parametrize("name", FIGURES)
def test_figure_checks_what_must_be_so_and_all_of_it_is(kept, name):
    checks = kept[name]["checks"]
    assert [check for check in checks if not check["ok"]] == []
    assert (len(checks) > 0, kept[name]["ok"], kept[name]["id"]) == (True, True, name)


def test_every_promise_is_measured_by_the_figures_that_it_names(kept):
    for key, promise, _, sources in report.PROMISES:
        named = set(re.findall(r"R\d+", sources))
        measuring = {name for name, found in kept.items() for t in found["targets"] if t["promise"] == key}
        assert (promise, measuring) == (promise, named)


def test_figures_say_what_they_belong_to(kept):
    for figure in kept.values():
        assert {"profile", "seed", "commit", "cores", "postgresql", "redis"} <= set(figure["header"])
        assert len({tuple(row) for row in figure["rows"]}) <= 1
        promised = {target["promise"] for target in figure["targets"]} - {""}
        assert promised <= {key for key, *_ in report.PROMISES}


class Stand:
    """As much of a stage as `made` looks at."""

    profile = "smoke"


def measured(monkeypatch: pytest.MonkeyPatch, measure) -> Figure:
    monkeypatch.setitem(figures.FIGURES, "R0", "figures")
    monkeypatch.setattr(figures, "measure", measure, raising=False)
    return figures.made("R0", Stand())


def figure(ok: bool, met: bool | None = True) -> Figure:
    found = Figure("R0", "trial", rows=[{"arm": "one | other", "ms": 1234.5}])
    found.check("water is wet", ok, "as measured")
    found.targets.append(Target("events lost", "0", "0", met, "lost"))
    return found


def test_a_figure_fails_with_one_check_and_without_any(monkeypatch):
    assert measured(monkeypatch, lambda stage: figure(ok=True)).ok
    assert not measured(monkeypatch, lambda stage: figure(ok=False)).ok
    assert not measured(monkeypatch, lambda stage: Figure("R0", "nothing was checked")).ok


def test_a_figure_that_breaks_or_never_ends_has_failed_and_the_next_has_its_turn(monkeypatch):
    def broken(stage):
        raise ValueError("no such table")

    def endless(stage):
        while True:
            pass

    assert measured(monkeypatch, broken).checks[0].detail == "ValueError: no such table"
    monkeypatch.setitem(figures.LIMITS, "smoke", 0.1)
    assert measured(monkeypatch, endless).checks[0].detail == "OutOfTime: not ready after 0.1 s"


def test_command_exits_with_1_when_a_check_fails_and_keeps_the_other_figures(monkeypatch, tmp_path):
    monkeypatch.setattr(making, "header", lambda stage: {"seed": "1"})
    page = tmp_path / "page.md"
    for ok, status in ((False, 1), (True, 0)):
        monkeypatch.setattr(making, "made", lambda name, stage, ok=ok: figure(ok))
        assert making.make(["R0"], making.Stage("smoke", 1, tmp_path), tmp_path, page) == status
    assert list(json.loads((tmp_path / "report.json").read_text())) == ["R0"]


def test_without_a_history_of_the_code_the_smallest_run_restarts_instead(monkeypatch, tmp_path):
    monkeypatch.setattr(upgrade, "git_bytes", lambda *arguments: b"")
    monkeypatch.setattr(upgrade, "rolling", lambda stage, figure, *others: figure.check("restarted", True))
    stage = making.Stage("smoke", 1, tmp_path)
    monkeypatch.setattr(stage, "members", lambda number: [])
    monkeypatch.setattr(stage, "channel", lambda *members: None)
    assert upgrade.measure(stage).ok


@pytest.mark.parametrize(("met", "told"), [(True, "met"), (False, "**not met**"), (None, "not measured")])
def test_page_says_of_every_target_whether_it_is_met(met, told):
    lines = report.page({"R0": report.plain(figure(True, met), {"seed": "1"})}).splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")]
    assert ["R0", "events lost", "0", "0", told] in cells
    assert ["events lost", "0", "0 (R0)", told, "R1, R2, R3, R4, R9"] in cells
    assert ["delivery, p99 at 1,000 sockets", "< 300 ms", "–", "not measured", "R6"] in cells


@pytest.mark.parametrize(("ok", "told"), [(True, 0), (False, 1)])
def test_page_names_the_figures_that_failed_before_it_shows_them(ok, told):
    page = report.page({"R0": report.plain(figure(ok), {"seed": "1"})})
    before, _ = page.split("## R0")
    assert before.count("**Something that must be so is not, see there:** R0.") == told


def test_cells_do_not_break_the_table():
    assert [report.shown(value) for value in ("a | b\nc", 1234, 1234.5, 0.01234, None, True)] == [
        *("a \\| b c", "1,234", "1,234", "0.0123", "", "True")
    ]


def test_slope_is_that_of_a_line_whatever_a_few_samples_say():
    line = [(at, 100 + 2.5 * at) for at in range(50)]
    assert soak.slope_of(line) == (2.5, 2.5, 2.5)
    disturbed = [(at, amount + 10_000 * (at % 10 == 3)) for at, amount in line]
    low, slope, high = soak.slope_of(disturbed)
    assert slope == 2.5
    assert low <= 2.5 <= high


def test_interval_of_the_slope_holds_the_true_one_in_most_of_a_hundred_runs():
    chance = Random(1)
    held = 0
    for _ in range(100):
        low, _, high = soak.slope_of([(at, 3 * at + chance.gauss(0, 20)) for at in range(30)])
        held += low <= 3 <= high
    assert 90 <= held < 100


@pytest.mark.parametrize(("slope", "met"), [(1.0, True), (1.01, False), (-3.0, True)])
def test_slope_itself_meets_the_target_or_not(slope, met):
    told = f"{slope} MB/h (-9 to 9)"
    assert soak.slope_target(slope, told, stated=True).met is met
    assert soak.slope_target(slope, told, stated=False).met is None


def test_a_run_in_which_a_leak_would_not_be_seen_is_told_in_every_profile():
    level = [(at, 100 * soak.MEGA) for at in range(60)]
    assert soak.leak_seen(level, 60)[0]
    falling = [(at, (100 - 6 * at / 60) * soak.MEGA) for at in range(60)]
    assert not soak.leak_seen(falling, 60)[0]


def test_slow_readers_hurt_nobody_only_when_every_post_reached_everybody_else():
    for deliveries, ok in ((8, True), (7, False), (9, False)):
        found = Figure("R8", "trial")
        sample = Sample([1.0, 2.0], seconds=1, cpu=1, statuses={}, deliveries=deliveries)
        slow.judge_others(found, {"beside stuck readers": sample}, readers=4)
        assert found.ok is ok


def test_a_reader_is_judged_by_what_it_missed_heard_twice_or_out_of_turn():
    assert sequence.leaps([(1, 1), (2, 1), (1, 2)]) == 0
    assert sequence.leaps([(1, 1), (1, 3), (1, 2)]) == 2
    found = Figure("R1", "race")
    reader = sequence.Reader("cursor", list, must_lose=False, seen=[(1, 1), (1, 3), (1, 3)])
    sequence.judge(found, reader, [(1, 1), (1, 2), (1, 3)])
    told = found.rows[0]
    assert (told["lost"], told["duplicated"], told["non-contiguous"], found.ok) == (1, 1, 2, False)
