"""/metrics: true figures of jobs and database, for who holds the token; and alarms that name what exists."""

import contextlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.utils import timezone
from websockets.sync.client import connect

from channels_app.live import metrics as live_metrics
from kyoso import jobs, metrics
from kyoso.lib import environment as env
from tests.channels_app.live.stage import log_in
from tests.figures import TOKEN, names, samples, scraped, value
from tests.people import person
from tests.waiting import until

PROJECT = Path(__file__).resolve().parent.parent
RULES = PROJECT / "deploy" / "prometheus" / "kyoso-rules.yml"
NAME = re.compile(r"\bkyoso_[a-z_]+")
QUEUES = ("mail", "index", "media", "bulk")
ALLOWED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def token(settings):
    settings.METRICS_TOKEN = TOKEN


def figures(client: Client) -> dict:
    answer = client.get("/metrics", headers=ALLOWED)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "no-store" in answer["Cache-Control"]
    return samples(answer.content.decode())


def change(number: int, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, number])


def newest() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM procrastinate_jobs")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_jobs_are_counted_by_queue_and_status(client, token):
    for status in ("doing", "failed", "succeeded", "cancelled"):
        jobs.enqueue("tell_of_post", post_id=1)
        change(newest(), status)
    jobs.enqueue("tell_of_post", post_id=1)
    jobs.enqueue("send_digest", member_id=1, day="2026-04-01", run_after=timezone.now() + timedelta(days=1))
    found = figures(client)
    counts = {
        (queue, status): value(found, "kyoso_jobs", queue=queue, status=status)
        for queue in QUEUES
        for status in ("waiting", "later", "running", "failed")
    }
    index = {("index", "waiting"): 1, ("index", "running"): 1, ("index", "failed"): 1}
    assert {key: number for key, number in counts.items() if number} == index | {("mail", "later"): 1}


@pytest.mark.django_db
def test_the_oldest_due_job_is_told_and_what_is_put_off_is_not_old(client, token):
    jobs.enqueue("delete_files_of", post_id=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '10 minutes'")
    now = timezone.now()
    jobs.enqueue("tell_of_post", post_id=1, run_after=now - timedelta(seconds=95))
    jobs.enqueue("send_digest", member_id=1, day="2026-04-01", run_after=now + timedelta(days=1))
    found = figures(client)
    ages = {queue: value(found, "kyoso_jobs_oldest_seconds", queue=queue) for queue in QUEUES}
    assert (ages["mail"], ages["bulk"], int(ages["media"]) // 10, int(ages["index"]) // 10) == (0, 0, 60, 9)


@pytest.mark.django_db
def test_only_workers_whose_heart_beats_count(client, token):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now())")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '31 s')")
    assert value(figures(client), "kyoso_job_workers") == 2


@pytest.mark.django_db
def test_the_database_is_told(client, token):
    found = figures(client)
    assert value(found, "kyoso_database_up") == 1
    assert value(found, "kyoso_database_bytes") > 1_000_000
    assert value(found, "kyoso_database_connections") >= 1
    assert value(found, "kyoso_database_commits_total") > 0


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_told_too(client, token, settings):
    away = connection.settings_dict | {"HOST": "/nowhere"}
    kept, connection.settings_dict = connection.settings_dict, away
    connection.close()
    try:
        found = figures(client)
    finally:
        connection.settings_dict = kept
        connection.close()
    assert value(found, "kyoso_database_up") == 0
    assert {name for name in names(found) if name.startswith("kyoso_job")} == set()


def test_a_stranger_finds_nothing_and_learns_nothing(client, token):
    nowhere = client.get("/metrics-which-nobody-has/")
    guesses = ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN]
    answers = [client.get("/metrics")]
    answers += [client.get("/metrics", headers={"Authorization": guess}) for guess in guesses]
    answers += [client.post("/metrics"), client.post("/metrics", headers=ALLOWED)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].content.replace(b"/metrics", b"") == nowhere.content.replace(
        b"/metrics-which-nobody-has/", b""
    )
    assert {answer.get("Cache-Control") for answer in answers} == {nowhere.get("Cache-Control")}


@pytest.mark.parametrize("guess", ["", "None", TOKEN])
def test_without_a_setting_there_is_no_such_address(client, settings, guess):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": f"Bearer {guess}"}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_one_process_tells_everything_at_both_addresses(start_site):
    site = start_site(METRICS_TOKEN=TOKEN)
    until(lambda: b"kyoso_job_workers 1.0" in scraped(f"{site.origin}/metrics")[1], what="the worker beats")
    all_of_it = samples(scraped(f"{site.origin}/metrics")[1].decode())
    live = samples(scraped(f"{site.origin}/live/metrics")[1].decode())
    assert named() - names(all_of_it) == {"kyoso_live_closed_total"}  # nobody has been here yet
    assert {name for name in names(all_of_it) if name.startswith(("kyoso_live", "kyoso_epoch"))} == names(
        live
    )
    assert [scraped(site.origin + path, "x" * 40)[0] for path in ("/metrics", "/live/metrics")] == [404, 404]


@pytest.mark.django_db(transaction=True)
def test_each_part_tells_what_it_knows(start_site, redis_url):
    site = start_site(live=1, web=1, redis_url=redis_url, METRICS_TOKEN=TOKEN)
    live, web = site.live[0].origin, site.web[0].origin
    pages = names(samples(scraped(f"{web}/metrics")[1].decode()))
    lines = names(samples(scraped(f"{live}/live/metrics")[1].decode()))
    assert (scraped(f"{web}/live/metrics")[0], scraped(f"{live}/metrics")[0]) == (404, 404)
    assert {name.split("_")[1] for name in pages} == {"jobs", "job", "database"}
    assert {name.split("_")[1] for name in lines} == {"live", "epoch"}


@pytest.mark.django_db(transaction=True)
def test_workers_on_one_port_are_added_up_whichever_answers(start_site):
    site = start_site(live=1, web=1, METRICS_TOKEN=TOKEN)
    origin, port = site.live[0].origin, int(site.live[0].origin.rsplit(":", 1)[1])
    site.live[0].stop()
    site.start("--live", "--workers", "2", port=port)
    headers = {"Cookie": f"kyoso-{port}={log_in(person('tanaka'))}"}
    address = origin.replace("http", "ws", 1) + "/live/ws"

    def told(name: str, **labels: str) -> set[float | None]:
        found = [samples(scraped(f"{origin}/live/metrics")[1].decode()) for _ in range(6)]
        return {value(figures, name, **labels) for figures in found}

    with contextlib.ExitStack() as sockets:
        for _ in range(6):
            sockets.enter_context(connect(address, origin=origin, additional_headers=headers))
        until(lambda: told("kyoso_live_connections", door="socket") == {6}, what="all six are counted")
        assert told("kyoso_live_bus_up") == {1}
    until(lambda: told("kyoso_live_connections", door="socket") == {0}, what="all six are gone")
    assert told("kyoso_live_closed_total", code="left") == {6}


def named() -> set[str]:
    """Every figure there is, by the name Prometheus stores."""
    own = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for metric in live_metrics.registry.collect()
    }
    text = Path(metrics.__file__).read_text()
    return own | {
        name + ("_total" if f'CounterMetricFamily("{name}"' in text else "") for name in NAME.findall(text)
    }


def test_alarms_and_docs_name_exactly_what_exists():
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    asked = {name for rule in rules for name in NAME.findall(rule["expr"])}
    told = set(NAME.findall((PROJECT / "docs" / "metrics.md").read_text())) - {"kyoso_live_"}
    assert (asked, told) == (named(), named())
    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}
    assert [rule["alert"] for rule in rules if not rule["annotations"]["summary"]] == []


def test_the_scrape_example_asks_the_two_addresses_with_the_token():
    example = yaml.safe_load((PROJECT / "deploy" / "prometheus" / "scrape.yml").read_text())
    asked = {job["metrics_path"]: job["static_configs"][0]["targets"] for job in example["scrape_configs"]}
    assert asked == {"/metrics": ["web:8000"], "/live/metrics": ["live:8000"]}
    assert {job["authorization"]["type"] for job in example["scrape_configs"]} == {"Bearer"}
    assert example["rule_files"] == [RULES.name]


@pytest.mark.parametrize("value", ["short", "x" * 31, "x" * 20 + " " + "x" * 20, "あ" * 40])
def test_a_token_that_could_be_guessed_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(env.WrongSetting, match="at least 32 ASCII characters"):
        env.token("X", 32)
