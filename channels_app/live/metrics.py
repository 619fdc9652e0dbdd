"""What the live connections of a process count for a monitoring system (docs/metrics.md).

Counting costs one addition per event, none per socket. What can be read off the hub is read when somebody
asks. Where several workers share one port (`serve --workers`), each writes its figures into files of one
folder, and whichever is asked answers for all: prometheus_client's multi-process mode.
"""

import os
from collections import Counter as Tally
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

if TYPE_CHECKING:
    from channels_app.live.hub import Hub

DOORS = ("socket", "stream", "poll")
LEFT = "left"  # the client went by itself
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # read by the library when it is imported

disable_created_metrics()
registry = CollectorRegistry()
_lags: deque[float] = deque([0.0], maxlen=15)
_epochs: set[str] = set()


def _gauge(name: str, said: str, over_workers: str, *labels: str) -> Gauge:
    return Gauge(name, said, labels, registry=registry, multiprocess_mode=over_workers)  # type: ignore[arg-type]


def _counter(name: str, said: str, *labels: str) -> Counter:
    return Counter(name, said, labels, registry=registry)


CONNECTIONS = _gauge("kyoso_live_connections", "Open live connections by door.", "livesum", "door")
BUS_UP = _gauge("kyoso_live_bus_up", "1 while the bus carries, or where none is configured.", "livemin")
LOOP_LAG = _gauge("kyoso_live_loop_lag_seconds", "Longest delay of the loop in the last 15 s.", "livemax")
QUEUED_BYTES = _gauge("kyoso_live_queued_bytes", "Bytes waiting for clients that do not keep up.", "livesum")
EPOCH = _gauge("kyoso_epoch_info", "1 for the name of the present history.", "livemax", "epoch")
DELIVERIES = _counter("kyoso_live_deliveries_total", "Events offered to viewers, one for each viewer.")
SWEEP_FOUND = _counter("kyoso_live_sweep_found_total", "Events the sweep found before the bus told of them.")
RESETS = _counter("kyoso_live_resets_total", "Streams that a client had to fetch the page again for.")
GAPS = _counter("kyoso_live_gaps_total", "Holes that clients found in their numbers; must stay 0.")
PULLS = _counter("kyoso_live_pulls_total", "Connections whose queue overflowed and that now pull.")
CLOSED = _counter(
    "kyoso_live_closed_total", "Ended connections by close code; left: the client went.", "code"
)


BUS_UP.set(1)  # a worker that is still starting has lost nothing


def note_lag(seconds: float) -> None:
    """The loop came back so much later than asked; called once a second."""
    _lags.append(max(0.0, seconds))


def note_closed(code: int | None) -> None:
    """A connection has ended; None when the client went by itself."""
    CLOSED.labels(str(code or LEFT)).inc()


def take_stock(hub: "Hub") -> None:
    """Read the gauges off the hub, on its loop: some 0.2 ms per 1,000 connections."""
    by_door = Tally(connection.door for connection in hub.connections)
    for door in DOORS:
        CONNECTIONS.labels(door).set(by_door[door])
    BUS_UP.set(not hub.bus_down)
    LOOP_LAG.set(max(_lags))
    QUEUED_BYTES.set(sum(connection.size for connection in hub.connections))
    _epochs.add(hub.epoch)
    for epoch in _epochs:
        EPOCH.labels(epoch).set(epoch == hub.epoch)


def is_shared() -> bool:
    """Whether the figures of several workers are added up."""
    return SHARED_FOLDER in os.environ


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:  # gone, or somebody else's by now
        return False
    return True


def figures() -> Iterable[Metric]:
    """Everything counted and read, of all workers where there are several."""
    if not is_shared():
        return registry.collect()
    folder = os.environ[SHARED_FOLDER]
    for pid in {int(path.stem.rsplit("_", 1)[1]) for path in Path(folder).glob("gauge_live*.db")}:
        if not _runs(pid):
            mark_process_dead(pid, folder)
    return MultiProcessCollector(None, folder).collect()
