"""A real SMTP server for tests: the site sends to it, the test reads what arrived."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from tests.waiting import free_port, until


class PostOffice:
    """Keeps every message that arrives, parsed."""

    def __init__(self):
        self.messages: list[EmailMessage] = []
        self.url = ""

    async def handle_DATA(self, server, session, envelope):
        """Take one message."""
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def letters_to(self, address: str) -> list[EmailMessage]:
        """What has arrived for an address, oldest first."""
        return [message for message in self.messages if address in message["To"]]

    def next_letter(self, address: str, *, after: int = 0) -> EmailMessage:
        """Wait for the first message to an address beyond the `after` already seen."""
        return until(lambda: self.letters_to(address)[after:], what=f"a mail to {address} has arrived")[0]


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Open an SMTP server on a free port for the time of a test."""
    office = PostOffice()
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    office.url = f"smtp://127.0.0.1:{controller.port}?tls=off"
    try:
        yield office
    finally:
        controller.stop()
