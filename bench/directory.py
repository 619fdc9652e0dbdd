"""The directory of members: one narrow table of search rows beside a search over the joined tables."""

from urllib.parse import quote

from bench.arms import Arm, alternate, measured
from bench.stage import Figure, Goal, Row, Stage, channels
from bench.visitors import members_of, signed_in, told

KYOSO, JOINED = "Kyoso (search rows)", "joined tables, a template per row"
WORDS = ("標準化", "さとう 税務課")  # an expertise; a reading together with a section
SLOWEST = 30  # ms, p95 of a page


def figure(stage: Stage) -> Figure:
    """Pages of the directory as one member waits for them, 50 lines each."""
    size = stage.size
    with signed_in(members_of(channels()[0], 1)) as (visitor,), stage.site.web() as server:
        wishes = {
            f"{name}: {words}": visitor.get(server, f"{place}/members/?q={quote(words)}")
            for words in WORDS
            for name, place in ((KYOSO, ""), (JOINED, "/bench"))
        }
        arms = [
            Arm(
                name,
                lambda wish=wish: measured(
                    stage.driver, server, "requests", wishes=[wish], seconds=size.seconds, most=size.most
                ),
            )
            for name, wish in wishes.items()
        ]
        outcomes = alternate(arms, size.rounds)
        counted = {name: told(server, wish) for name, wish in wishes.items()}
    found = Figure("Directory of members, searched, 1 client")
    found.rows = [
        Row(name, outcomes[name], len(told_["statements"]), told_["bytes"], told_["gzip"])
        for name, told_ in counted.items()
    ]
    found.goals = goals(outcomes)
    return found


def goals(outcomes: dict) -> list[Goal]:
    """The wait, and that the rows are worth their upkeep."""
    slow = max(outcomes[f"{KYOSO}: {words}"].percentile(95) for words in WORDS)
    rates = [
        outcomes[f"{KYOSO}: {words}"].per_second / outcomes[f"{JOINED}: {words}"].per_second
        for words in WORDS
    ]
    return [
        Goal("directory search, p95", SLOWEST, slow, "ms", at_most=True),
        Goal("directory search ÷ joined tables", 1, min(rates)),
    ]
