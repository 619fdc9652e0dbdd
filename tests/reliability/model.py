"""R9, the model: hub and clients as a state machine on an imagined network, and faults planted to be found.

The real hub, doors, connections, rings, cuts, catch-up, bus and sweep run on a virtual clock; the database,
Redis, the network and the browsers are played (memory_log, imagined_*, client_model). Hypothesis chooses what
happens. After every step, and when everything has healed: nothing lost, doubled, out of order, or told
to somebody who may not hear it; in the end every page shows what a fresh page shows, and counts what is true.
"""

import time
from dataclasses import dataclass
from itertools import count

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.reliability.figures import Figure, Target
from tests.reliability.machine import Delivery
from tests.reliability.mutations import MUTATIONS, SWIFT, Mutation
from tests.reliability.stage import Stage
from tests.reliability.world import Violated

PORTION = 25  # examples between two looks at the clock


@dataclass
class Run:
    """How much was tried, and what was found wrong: nothing, or the example that shows it."""

    examples: int = 0
    steps: int = 0
    seconds: float = 0.0
    wrong: str = ""


def measure(stage: Stage) -> Figure:
    """The machine on the code as it is, then on each mutation of it until that is noticed."""
    figure = Figure("R9", "Model of hub and clients on an imagined network")
    examples, steps, seconds = stage.size(
        smoke=(40, 25, 8), short=(2_000, 200, 75), full=(10_000, 110, 7_200)
    )
    chance = stage.chance("R9")
    sound = explored(chance.randrange(2**32), examples, steps, seconds)
    figure.rows.append(row("as it is", sound))
    figure.check("nothing lost, doubled, disordered or overheard", not sound.wrong, sound.wrong)
    told = "an example" if sound.wrong else "no example"
    figure.targets.append(
        Target("examples in which something goes wrong", "none", told, not sound.wrong, "lost")
    )
    tried = stage.size(smoke=tuple(chance.sample(SWIFT, 2)), short=SWIFT, full=MUTATIONS)
    patience = stage.size(smoke=10.0, short=20.0, full=300.0)
    survivors = []
    for mutation in tried:
        found = noticed(mutation, chance.randrange(2**32), patience)
        figure.rows.append(row(f"{mutation.where}: {mutation.old} → {mutation.new or '(nothing)'}", found))
        survivors += [] if found.wrong else [mutation.where]
    score = f"{len(tried) - len(survivors)} of {len(tried)} planted faults found"
    figure.check("control: planted faults are found", not survivors, f"{score} {survivors or ''}")
    figure.notes.append(f"{len(tried)} of {len(MUTATIONS)} planted faults were tried in this profile.")
    return figure


def row(name: str, run: Run) -> dict[str, str | int]:
    """A line of the table."""
    return {
        "code": name,
        "examples": run.examples,
        "steps": run.steps,
        "seconds": round(run.seconds, 1),
        "found": run.wrong.splitlines()[0][:90] if run.wrong else "nothing",
    }


def explored(seed: int, examples: int, steps: int, seconds: float) -> Run:
    """Run the machine so many times, or until the time is up or something is wrong."""
    run, begun, before = Run(), time.monotonic(), Delivery.steps
    for portion in count():
        size = min(PORTION, examples - run.examples)
        if size <= 0 or time.monotonic() - begun > seconds or run.wrong:
            break
        run.wrong = example(seed + portion, size, steps)
        run.examples += size
    run.steps, run.seconds = Delivery.steps - before, time.monotonic() - begun
    return run


def example(seed: int, examples: int, steps: int) -> str:
    """What some runs of the machine find wrong, with the steps that lead there; "" for nothing."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=False,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    machine = hypothesis.seed(seed)(type("Delivery", (Delivery,), {}))
    try:
        run_state_machine_as_test(machine, settings=chosen)
    except Exception as error:
        notes = "\n".join(getattr(error, "__notes__", ()))
        kind = "" if isinstance(error, Violated) else f"{type(error).__name__}: "
        return f"{kind}{error}\n(seed {seed})\n{notes}"
    return ""


def noticed(mutation: Mutation, seed: int, patience: float) -> Run:
    """Run the machine on the code with a fault, until it is noticed or patience is at its end."""
    with mutation.planted():
        return explored(seed, 10**6, 60, patience)
