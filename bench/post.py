"""A post by the whole product path: session, CSRF, form, permission, transaction, event, answer in JSON."""

from pathlib import Path
from uuid import uuid4

from bench import replay
from bench.arms import Arm, alternate, measured
from bench.stage import Figure, Goal, Row, Stage, channels
from bench.visitors import members_of, signed_in, told

KYOSO, LIMIT = "Kyoso", "pgbench, the same statements"


def figure(stage: Stage) -> Figure:
    """Posts per second with one and with several clients, all in one channel, beside pgbench."""
    channel, size = channels()[1], stage.size
    found = Figure("Post, full product path, one channel")
    address = f"/channels/{channel.slug}/posts/"
    with signed_in(members_of(channel, max(size.clients))) as visitors, stage.site.web() as server:
        wishes = [visitor.says(server, address) for visitor in visitors]
        captured = [capture(stage, server, wish, number) for number, wish in enumerate(wishes)]
        for clients in size.clients:
            scripts = [script for _, script in captured[:clients]]
            arms = [
                posting(stage, server, wishes[:clients]),
                Arm(LIMIT, lambda scripts=scripts: replay.turn(scripts, size.seconds, size.most)),
            ]
            outcomes = alternate(arms, size.rounds)
            found.rows += rows_of(outcomes, clients, captured[0][0])
            found.goals.append(goal_of(outcomes, clients))
    return found


def capture(stage: Stage, server, wish: list[str], number: int) -> tuple[dict, Path]:
    """What one post asks of the database when everything is warm, and a script that repeats it."""
    told(server, wish)
    cid = uuid4()
    counted = told(server, wish, cid)
    post_id = channels()[1].posts.get(cid=cid).pk
    path = stage.folder / f"post-{number}.sql"
    return counted, replay.script_of(counted["statements"], post_id, cid, path)


def posting(stage: Stage, server, wishes: list[list[str]]) -> Arm:
    """Every client posts again as soon as it is answered."""
    job = {"wishes": wishes, "seconds": stage.size.seconds, "most": stage.size.most}
    return Arm(KYOSO, lambda: measured(stage.driver, server, "requests", **job))


def rows_of(outcomes: dict, clients: int, counted: dict) -> list[Row]:
    """The two lines for one number of clients."""
    note, statements = f"{clients} client{'s' * (clients > 1)}", len(counted["statements"])
    return [
        Row(KYOSO, outcomes[KYOSO], statements, counted["bytes"], counted["gzip"], note),
        Row(LIMIT, outcomes[LIMIT], statements, note=note),
    ]


def goal_of(outcomes: dict, clients: int) -> Goal:
    """Accepted posts beside the database's own limit."""
    ratio = outcomes[KYOSO].per_second / outcomes[LIMIT].per_second
    return Goal(f"posts ÷ pgbench, {clients} client{'s' * (clients > 1)} (extreme 0.3)", 0.15, ratio)
