"""GET /metrics: the figures of operation, in Prometheus' text format (docs/metrics.md).

What stands in the job queue and in the database is read when somebody asks. What a process knows by itself
(live connections) is put into `sources` by whoever starts that process, kyoso/asgi.py.
"""

from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from kyoso import job_board
from kyoso.lib.bearer import is_bearer

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SAFE = {"GET", "HEAD"}
STATUSES = ("waiting", "later", "running", "failed")

Source = Callable[[], Iterable[Metric]]


class Figures:
    """A collector of everything the sources give."""

    def __init__(self, sources: Iterable[Source]):
        self.sources = sources

    def collect(self) -> Iterator[Metric]:
        """The metrics, source by source."""
        for source in self.sources:
            yield from source()


def job_figures() -> list[Metric]:
    """The queues and who works on them; nothing while the database is away."""
    try:
        standings, workers = job_board.standings(), job_board.workers()
    except DatabaseError:
        return []
    jobs = GaugeMetricFamily("kyoso_jobs", "Jobs by queue and status.", labels=["queue", "status"])
    oldest = GaugeMetricFamily(
        "kyoso_jobs_oldest_seconds", "How long the oldest due job has waited.", labels=["queue"]
    )
    for standing in standings:
        oldest.add_metric([standing.queue], standing.oldest_seconds)
        for status in STATUSES:
            jobs.add_metric([standing.queue, status], getattr(standing, status))
    alive = sum(worker.alive for worker in workers)
    return [
        jobs,
        oldest,
        GaugeMetricFamily("kyoso_job_workers", "Job workers with a fresh heartbeat.", alive),
    ]


def database_figures() -> list[Metric]:
    """Whether PostgreSQL answers, its size, its connections, and its commits."""
    up = GaugeMetricFamily("kyoso_database_up", "1 while PostgreSQL answers.")
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_database_size(datname), numbackends, xact_commit FROM pg_stat_database"
                " WHERE datname = current_database()"
            )
            size, connections, commits = cursor.fetchone()
    except DatabaseError:
        up.add_metric([], 0)
        return [up]
    up.add_metric([], 1)
    return [
        up,
        GaugeMetricFamily("kyoso_database_bytes", "Size of the database.", size),
        GaugeMetricFamily("kyoso_database_connections", "Open connections to the database.", connections),
        CounterMetricFamily("kyoso_database_commits", "Committed transactions.", commits),
    ]


sources: list[Source] = [database_figures, job_figures]


@csrf_exempt
@login_not_required
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever holds METRICS_TOKEN; for everybody else the address does not exist."""
    if request.method not in SAFE or not is_bearer(
        request.headers.get("Authorization"), settings.METRICS_TOKEN
    ):
        raise Http404
    return HttpResponse(generate_latest(Figures(sources)), content_type=CONTENT_TYPE)
