"""The list of channels with unread numbers: one query beside the usual way of counting posts."""

from bench.arms import Arm, alternate, measured
from bench.stage import Figure, Goal, Row, Stage, channels
from bench.visitors import members_of, signed_in, told

CLIENTS = 4
KYOSO, COUNTED = "Kyoso (posts − read_posts)", "a count per channel"


def figure(stage: Stage) -> Figure:
    """Lists per second, as JSON without any page around it."""
    size = stage.size
    with signed_in(members_of(channels()[0], CLIENTS)) as visitors, stage.site.web() as server:
        wishes = {
            KYOSO: [visitor.get(server, "/bench/sidebar/") for visitor in visitors],
            COUNTED: [visitor.get(server, "/bench/counted-sidebar/") for visitor in visitors],
        }
        jobs = {
            name: {"wishes": wish, "seconds": size.seconds, "most": size.most}
            for name, wish in wishes.items()
        }
        arms = [
            Arm(name, lambda job=job: measured(stage.driver, server, "requests", **job))
            for name, job in jobs.items()
        ]
        outcomes = alternate(arms, size.rounds)
        counted = {name: told(server, wish[0]) for name, wish in wishes.items()}
    found = Figure(f"Sidebar as JSON, {CLIENTS} clients")
    found.rows = [
        Row(name, outcomes[name], len(told_["statements"]), told_["bytes"], told_["gzip"])
        for name, told_ in counted.items()
    ]
    ratio = outcomes[KYOSO].per_second / outcomes[COUNTED].per_second
    found.goals = [Goal("sidebar ÷ a count per channel", 1, ratio)]
    return found
