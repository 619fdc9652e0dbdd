"""`manage.py serve`: which process answers what, and how it leaves."""

import asyncio
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
import websockets.sync.client
from websockets.exceptions import InvalidStatus

from channels_app.live import entrance
from kyoso import asgi
from tests.site import PROJECT

serving = pytest.mark.django_db(transaction=True)


def status(origin: str, address: str) -> int:
    try:
        with urllib.request.urlopen(origin + address, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def handshake(origin: str, page: str | None, address: str = "/live/nowhere") -> int:
    """The status a WebSocket handshake from this page gets."""
    try:
        with websockets.sync.client.connect(origin.replace("http", "ws", 1) + address, origin=page):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@serving
def test_one_process_answers_everything_on_one_port(live_site):
    answers = {
        address: status(live_site.origin, address) for address in ("/healthz", "/readyz", "/live/healthz")
    }
    assert answers == {"/healthz": 200, "/readyz": 200, "/live/healthz": 200}
    assert status(live_site.origin, "/live/nowhere") == 404
    assert status(live_site.origin, "/nowhere") == 404


@serving
def test_one_process_serves_static_files_with_hashed_names(live_site):
    with urllib.request.urlopen(f"{live_site.origin}/accounts/login/", timeout=20) as page:
        text = page.read().decode()
    sheet = next(part for part in text.split('"') if part.startswith("/static/") and part.endswith(".css"))
    assert status(live_site.origin, sheet) == 200


@serving
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_server_leaves_cleanly(live_site, how):
    assert live_site.whole[0].stop(how) == 0


@serving
def test_server_refuses_sockets_of_other_pages(live_site):
    pages = ("http://evil.example", f"{live_site.origin}1", "null", None)
    assert [handshake(live_site.origin, page) for page in pages] == [403] * 4
    # A page of ours gets past that door, to an address nobody serves.
    assert handshake(live_site.origin, live_site.origin) in {403, 404}


@serving
def test_parts_answer_only_what_is_theirs(start_site, redis_url):
    site = start_site(live=1, web=1, redis_url=redis_url)
    live, web = site.live[0].origin, site.web[0].origin
    assert (status(live, "/live/healthz"), status(live, "/healthz")) == (200, 404)
    assert (status(web, "/live/healthz"), status(web, "/healthz")) == (404, 200)
    assert [server.stop() for server in site.processes()] == [0, 0]


def test_serve_says_that_the_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "manage.py", "serve", "--port", str(port)]
        result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        f"CommandError: Port {port} on 127.0.0.1 cannot be used (Address already in use). "
        f"Choose another one: PORT={port + 1}"
    )


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://Kyoso.example.jp", "https://kyoso.example.jp"),
        ("https://kyoso.example.jp:443", "https://kyoso.example.jp"),
        ("http://kyoso.example.jp:443", "http://kyoso.example.jp:443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_origin_is_compared_as_browsers_write_it(written, sent):
    assert entrance.bare_origin(written) == sent


def receive_all(*messages: dict) -> list[dict]:
    """What a page sees of these messages of the server."""
    waiting = list(messages)

    async def receive() -> dict:
        return waiting.pop(0)

    async def read() -> list[dict]:
        whole = asgi.whole_bodies(receive)
        return [await whole() for _ in messages]

    return asyncio.run(read())


def test_body_that_was_cut_off_is_an_error():
    half = {"type": "http.request", "body": b"text=ha", "more_body": True}
    with pytest.raises(ConnectionError):
        receive_all(half, {"type": "http.disconnect"})


def test_body_that_arrived_is_passed_on_and_the_goodbye_after_it():
    messages = (
        {"type": "http.request", "body": b"text=", "more_body": True},
        {"type": "http.request", "body": b"half"},
        {"type": "http.disconnect"},
    )
    assert receive_all(*messages) == list(messages)


def test_headers_with_underscores_do_not_reach_the_pages():
    scope = {"headers": [(b"x_forwarded_for", b"10.0.0.1"), (b"host", b"localhost")]}
    assert asgi.without_lookalikes(scope) == {"headers": [(b"host", b"localhost")]}
