"""The bus between processes: makes delivery faster, is never what delivery depends on."""

from collections.abc import Sequence

from channels_app.live.log import Emitted


def publish(emitted: Sequence[Emitted]) -> None:
    """Hand committed events to the hubs."""
