"""A small server on loopback that plays an organisation's provider, and who signs in through it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

LOGIN = "/accounts/login/"


class Provider(ThreadingHTTPServer):
    """Listens at `origin`; the pages are those of the subclass."""

    pages: type[BaseHTTPRequestHandler]

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.pages)
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Answer for the time of a test."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            self.shutdown()
            self.server_close()


class QuietPages(BaseHTTPRequestHandler):
    """Pages that leave no lines behind."""

    def tell(self, body: bytes, kind: str, status: int = 200):
        """Answer with a whole body."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Silence."""


class SignOnVisitor:
    """A browser without scripts: follows redirects and sends forms."""

    def __init__(self, site):
        self.origin, self.session = site.origin, requests.Session()

    def get(self, path: str):
        """A page."""
        return self.session.get(self.origin + path, timeout=20)

    def press(self, place: str, **fields: str):
        """Press the log-in page's button of the provider at `place`; gives the page it ends on."""
        page = self.get(LOGIN).text
        address = re.search(rf'formaction="({place}[^"]*)"', page)[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        facts, headers = {"csrfmiddlewaretoken": token} | fields, {"Referer": self.origin + LOGIN}
        return self.session.post(self.origin + address, data=facts, headers=headers, timeout=20)

    def is_in(self) -> bool:
        """Whether a member's page opens."""
        return self.get("/home/").url == f"{self.origin}/home/"
