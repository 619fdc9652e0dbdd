"""The two addresses for machines."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


def test_alive_answers_without_touching_the_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


@pytest.mark.django_db
def test_ready_tells_each_part(client):
    response = client.get("/readyz")
    assert response.json() == {"database": "ok", "migrations": "ok", "bus": "none"}
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_ready_refuses_while_a_migration_is_missing(client):
    MigrationRecorder(connection).migration_qs.filter(app="sessions").delete()
    response = client.get("/readyz")
    assert (response.status_code, response.json()["migrations"]) == (503, "pending")


@pytest.mark.django_db
def test_ready_tells_the_state_of_the_bus_and_serves_without_it(client, settings, redis_url):
    settings.REDIS_URL = redis_url
    assert client.get("/readyz").json()["bus"] == "ok"
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["bus"]) == (200, "down")


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_health_refuses_post(client, address):
    assert client.post(address).status_code == 405
