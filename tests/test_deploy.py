"""The container files, as far as they can be read without a container engine."""

import re
from pathlib import Path

import yaml
from django.core.management import get_commands, load_command_class

from kyoso.management import pages, supervisor

PROJECT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "live", "jobs")


def test_compose_runs_every_part_with_commands_that_exist():
    assert sorted(SERVICES) == sorted([*OURS, "proxy", "postgres", "redis"])
    for name in OURS:
        command, *arguments = SERVICES[name]["command"]
        parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
        parser.parse_args(arguments)


def test_compose_starts_the_parts_after_the_migrations():
    for name in ("web", "live", "jobs"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["restart"] == "no"


def test_compose_gives_the_drain_its_time():
    assert SERVICES["live"]["stop_grace_period"] == "60s"


def test_compose_has_no_secret_of_its_own():
    for name in OURS:
        settings = SERVICES[name]["environment"]
        for secret in ("SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "SITE_URL"):
            assert ":?" in settings[secret], f"{name} has a default for {secret}"
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD}"


def test_compose_opens_only_the_proxy_to_the_world():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert (SERVICES["postgres"]["networks"], SERVICES["redis"]["networks"]) == (["inside"], ["inside"])


def test_every_volume_is_declared_and_used():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])


def test_caddy_sends_live_connections_to_their_own_servers():
    text = (PROJECT / "deploy" / "Caddyfile").read_text()
    live = re.search(r"handle /live/\* \{(.*?)\n\t\}", text, re.DOTALL).group(1)
    rest = re.search(r"handle \{(.*?)\n\t\}", text, re.DOTALL).group(1)
    assert re.findall(r"reverse_proxy (\S+)", live) == ["live:8000"]
    assert re.findall(r"reverse_proxy (\S+)", rest) == ["web:8000"]
    assert text.count("{") == text.count("}")


def test_image_installs_what_is_pinned_and_runs_as_nobody_special():
    text = (PROJECT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.txt" in text
    assert text.index("USER kyoso") < text.index("ENTRYPOINT")


def test_stop_timeouts_leave_room_for_drain_and_requests():
    seconds = {
        name: int(SERVICES[name]["stop_grace_period"].removesuffix("s")) for name in ("web", "live", "jobs")
    }
    assert seconds["live"] >= 20 + supervisor.CLOSE_SECONDS
    assert seconds["web"] > pages.LEAVE_SECONDS
    assert seconds["jobs"] > 20


def test_caddy_waits_for_a_server_that_is_being_replaced():
    text = (PROJECT / "deploy" / "Caddyfile").read_text()
    assert text.count("import patient") == text.count("reverse_proxy ") == 2
    assert "lb_try_duration 15s" in text.split("(patient)")[1]
