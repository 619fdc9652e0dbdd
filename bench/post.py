"""A post by the whole product path: session, CSRF, form, permission, transaction, event, answer in JSON."""

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
        counted, limit = captured(stage, server, wishes[0])
        for clients in size.clients:
            arms = [
                posting(stage, server, wishes[:clients]),
                Arm(LIMIT, lambda n=clients: limit.turn(n, size.seconds, size.most)),
            ]
            outcomes = alternate(arms, size.rounds)
            found.rows += rows_of(outcomes, clients, counted, limit)
            ratio = outcomes[KYOSO].per_second / outcomes[LIMIT].per_second
            found.goals.append(
                Goal(f"posts ÷ pgbench, {clients} client{'s' * (clients > 1)} (extreme 0.3)", 0.15, ratio)
            )
    return found


def captured(stage: Stage, server, wish: list[str]) -> tuple[dict, replay.Replay]:
    """What one post asks of the database when everything is warm, and the script that repeats it."""
    told(server, wish, str(uuid4()))
    cid = str(uuid4())
    counted = told(server, wish, cid)
    post_id = channels()[1].posts.get(cid=cid).pk
    return counted, replay.of(counted["statements"], post_id, cid, stage.folder)


def posting(stage: Stage, server, wishes: list[list[str]]) -> Arm:
    """Every client posts again as soon as it is answered."""
    job = {"wishes": wishes, "seconds": stage.size.seconds, "most": stage.size.most}
    return Arm(KYOSO, lambda: measured(stage.driver, server, "requests", **job))


def rows_of(outcomes: dict, clients: int, counted: dict, limit: replay.Replay) -> list[Row]:
    """The two lines for one number of clients."""
    note = f"{clients} client{'s' * (clients > 1)}"
    return [
        Row(KYOSO, outcomes[KYOSO], len(counted["statements"]), counted["bytes"], counted["gzip"], note),
        Row(LIMIT, outcomes[LIMIT], limit.statements, note=note),
    ]
