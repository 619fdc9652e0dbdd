"""`make fuzz`: Markdown to HTML against tests/markdown_oracle.py, a million texts, in all processors.

    python -m tests.fuzz [--examples 1000000] [--processes 2] [--seed 1]

Each batch is a Hypothesis run with a seed of its own: a run remembers what it has tried, and one of a million
would need gigabytes. Prints the figures and returns 1 when a text left the allow-list, after shrinking it.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from hypothesis import HealthCheck, Phase, given, seed, settings

from kyoso.lib.markdown import to_html
from tests.markdown_oracle import cases, violations

BATCH = 10_000
PROFILE = settings(
    max_examples=BATCH,
    database=None,
    deadline=None,
    derandomize=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def batch(number: int) -> tuple[int, str]:
    """(texts tried, what failed or "") of the batch with this seed."""
    tried = 0

    @seed(number)
    @PROFILE
    @given(cases)
    def run(case):
        nonlocal tried
        tried += 1
        text, find = case
        wrong = violations(text, to_html(text, find))
        assert wrong == [], f"{text!r} with {find}: {wrong}"

    try:
        run()
    except Exception as failure:  # any exception is a finding: to_html never raises
        return tried, f"seed {number}: {failure!r}"
    return tried, ""


def main() -> int:
    """Run the batches and print one line a minute, then the sum."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--examples", type=int, default=1_000_000)
    options.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    began = said = time.monotonic()
    tried, failed = 0, []
    with ProcessPoolExecutor(asked.processes) as pool:
        seeds = range(asked.seed, asked.seed + -(-asked.examples // BATCH))
        for done in as_completed([pool.submit(batch, number) for number in seeds]):
            tried += done.result()[0]
            failed += [done.result()[1]] if done.result()[1] else []
            if time.monotonic() - said > 60 or failed:
                said = time.monotonic()
                print(f"{tried:,} texts, {len(failed)} violations", flush=True)
                print(*failed[-1:], sep="\n", flush=True)
    print(f"{tried:,} texts in {time.monotonic() - began:,.0f} s, {len(failed)} violations")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
