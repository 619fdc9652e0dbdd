"""Two addresses for machines: is this process alive, and can it serve members."""

import logging

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

BUS_LIMIT_SECONDS = 1

logger = logging.getLogger(__name__)


@login_not_required
@require_safe
@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """Whether the process answers at all; touches nothing else. A supervisor restarts it when not."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Whether a proxy may send members here: 200, or 503 when the database or its migrations say no.

    A lost bus is told but answers 200: it makes delivery faster, nothing depends on it.
    """
    database, migrations = database_state(), "unknown"
    if database == "ok":
        migrations = migration_state()
    states = {"database": database, "migrations": migrations, "bus": bus_state()}
    return JsonResponse(states, status=200 if database == migrations == "ok" else 503)


def database_state() -> str:
    """`ok` or `down`."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("the database does not answer")
        return "down"
    return "ok"


def migration_state() -> str:
    """`ok`, or `pending` while the tables are older than this code."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        logger.exception("the migrations cannot be read")
        return "unknown"
    return "pending" if plan else "ok"


def bus_state() -> str:
    """`none` without REDIS_URL, else `ok` or `down`."""
    if not settings.REDIS_URL:
        return "none"
    limits = {"socket_timeout": BUS_LIMIT_SECONDS, "socket_connect_timeout": BUS_LIMIT_SECONDS}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **limits) as client:
            client.ping()
    except redis.RedisError:
        return "down"
    return "ok"
