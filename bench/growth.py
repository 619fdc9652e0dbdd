"""Whether a site a hundred times as large answers as fast: the same requests to a small and the full site."""

import json
import subprocess
import sys
from dataclasses import dataclass

from bench.arms import Arm, alternate, measured
from bench.site import PROJECT, Server, Site
from bench.stage import Figure, Goal, Row, Stage
from bench.visitors import Visitor, told

SMALL, FULL = "small site", "full site"
BOUND = 1.10  # docs/performance.md: the same ± 10 %
SHORTER = 4  # many requests are compared, so each turn is a part of the usual one


@dataclass(frozen=True)
class Guest:
    """A member of one of the sites, as `manage.py bench_guest` tells it."""

    server: Server
    session: str
    slug: str
    posting: str
    root: int
    size: str

    @property
    def wishes(self) -> dict[str, list[str]]:
        """The requests that are compared, by what a member would call them."""
        visitor, server = Visitor(None, self.session), self.server
        say = f"/channels/{self.posting}/posts/"
        return {
            "channel page": visitor.get(server, f"/channels/{self.slug}/"),
            "channel page after a post": [
                *visitor.get(server, f"/channels/{self.posting}/"),
                "",
                visitor.says(server, say),
            ],
            "sidebar": visitor.get(server, "/bench/sidebar/"),
            "home": visitor.get(server, "/home/"),
            "directory of channels": visitor.get(server, "/channels/"),
            "directory of members": visitor.get(server, "/members/"),
            "inbox": visitor.get(server, "/inbox/"),
            "question board": visitor.get(server, f"/channels/{self.slug}/questions/"),
            "search": visitor.get(server, "/search/?q=%E7%AA%93%E5%8F%A3"),
            "thread": visitor.get(server, f"/posts/{self.root}/thread/"),
            "post": visitor.says(server, say),
            "post and mark read, without scripts": visitor.says_without_scripts(server, say),
        }


def figure(stage: Stage, small: Site) -> Figure:
    """The best turns of one client on both sites, side by side: a ratio of 10 % drowns in a noisy moment."""
    found = Figure("Growth, one client")
    with small.web("small") as server_of_small, stage.site.web() as server:
        guests = {SMALL: invited(small, server_of_small), FULL: invited(stage.site, server)}
        found.notes = [f"{name}: {guest.size}" for name, guest in guests.items()]
        for asked in guests[FULL].wishes:
            wishes = {name: guest.wishes[asked] for name, guest in guests.items()}
            arms = [arm(stage, guests[name].server, name, wish) for name, wish in wishes.items()]
            outcomes = alternate(arms, stage.size.rounds)
            counts = {name: told(guests[name].server, wish) for name, wish in wishes.items()}
            found.rows += [row_of(outcomes[name], counts[name], asked) for name in guests]
            ratio = outcomes[FULL].best / outcomes[SMALL].best
            found.goals.append(Goal(f"{asked}: full site ÷ small site", BOUND, ratio, at_most=True))
            more = len(counts[FULL]["statements"]) - len(counts[SMALL]["statements"])
            found.goals.append(Goal(f"{asked}: more queries on the full site", 0, more, at_most=True))
    return found


def invited(site: Site, server: Server) -> Guest:
    """Ask the site itself for a member with a session: it has a database and a secret of its own."""
    command = [sys.executable, "manage.py", "bench_guest"]
    answer = subprocess.run(command, cwd=PROJECT, env=site.environment, check=True, capture_output=True)
    return Guest(server, **json.loads(answer.stdout.splitlines()[-1]))


def arm(stage: Stage, server: Server, name: str, wish: list[str]) -> Arm:
    """One client asking one thing."""
    job = {"wishes": [wish], "seconds": stage.size.seconds / SHORTER, "most": stage.size.most}
    return Arm(name, lambda: measured(stage.driver, server, "requests", **job))


def row_of(outcome, counted: dict, asked: str) -> Row:
    """A line of the table."""
    return Row(outcome.name, outcome, len(counted["statements"]), counted["bytes"], counted["gzip"], asked)
