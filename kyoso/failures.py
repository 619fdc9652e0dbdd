"""An error in one line that anybody at the desk may read."""

import re

from kyoso.logs import masked

LONGEST = 300
# Whatever a library quotes may be what somebody wrote, and in a closed channel.
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|「[^」]*」|\{[^}]*\}")


def first_line(error: BaseException) -> str:
    """The kind of the error and the first line of its text, without quoted texts, addresses and secrets."""
    lines = str(error).strip().splitlines() or [""]
    said = f"{type(error).__name__}: {QUOTED.sub('…', masked(lines[0]))}".removesuffix(": ")
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
