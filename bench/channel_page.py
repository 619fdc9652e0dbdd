"""The channel page: 50 posts, a signed-in member, their list of channels; with two control arms."""

import re

from bench.arms import Arm, alternate, measured
from bench.budgets import page_budgets
from bench.stage import Figure, Goal, Row, Stage, channels
from bench.visitors import members_of, signed_in, told

CLIENTS = 4
KYOSO, NAIVE, STILL = "Kyoso", "naive template twin", "static bytes through Django"


def figure(stage: Stage) -> Figure:
    """Pages per second of the product and both control arms, their queries and bytes."""
    channel = channels()[0]
    with signed_in(members_of(channel, CLIENTS)) as visitors, stage.site.web() as server:
        ask = lambda address: [visitor.get(server, address) for visitor in visitors]  # noqa: E731
        page = told(server, ask(f"/channels/{channel.slug}/")[0])
        size = page["bytes"]
        wishes = {
            KYOSO: ask(f"/channels/{channel.slug}/"),
            NAIVE: ask(f"/bench/channels/{channel.slug}/"),
            STILL: [still(server, size)] * CLIENTS,
        }
        outcomes = alternate([arm(stage, server, *wish) for wish in wishes.items()], stage.size.rounds)
        counted = {name: told(server, wish[0]) for name, wish in wishes.items()}
    found = Figure(f"Channel page, {len(posts_in(page['body']))} posts, {CLIENTS} clients")
    found.rows = [row_of(outcomes[name], counted[name]) for name in wishes]
    rates = {name: outcome.per_cpu_second or outcome.per_second for name, outcome in outcomes.items()}
    found.goals = [
        Goal("channel page ÷ static bytes (floor; extreme 0.25)", 0.12, rates[KYOSO] / rates[STILL]),
        Goal("channel page ÷ naive template twin", 25, rates[KYOSO] / rates[NAIVE]),
        *page_budgets(page["body"], counted[KYOSO]),
    ]
    return found


def arm(stage: Stage, server, name: str, wishes: list[list[str]]) -> Arm:
    """Ask for one address for a while."""
    size = stage.size
    job = {"wishes": wishes, "seconds": size.seconds, "most": size.most}
    return Arm(name, lambda: measured(stage.driver, server, "requests", **job))


def still(server, size: int) -> list[str]:
    """The request of somebody without a session, for bytes that never change."""
    return [f"GET /bench/bytes/{size}/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}"]


def row_of(outcome, counted: dict) -> Row:
    """A line of the table."""
    return Row(outcome.name, outcome, len(counted["statements"]), counted["bytes"], counted["gzip"])


def posts_in(html: str) -> list[str]:
    """The ids of the posts of a page, in order."""
    return re.findall(r'<article class="ky-post[^"]*" id="post-(\d+)"', html)
