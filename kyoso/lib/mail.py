"""Mail without a mail server: the embedded mode keeps each message as a real .eml file."""

import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

NEVER_FIRST = "、。，．）」』］〉》・ー…！？"  # 行頭禁則


class FolderBackend(BaseEmailBackend):
    """Writes every message to settings.MAIL_DIR as RFC 5322 text, newest name last."""

    def send_messages(self, email_messages) -> int:
        """Write the messages; returns their number. Each file appears whole (written, then renamed)."""
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns()}-{uuid4().hex[:8]}.eml"
            draft = folder / f".{name}"
            draft.write_bytes(message.message().as_bytes())
            draft.rename(folder / name)
        return len(email_messages)


def kept_messages(folder: Path, limit: int = 50) -> list[EmailMessage]:
    """The newest messages of a folder, newest first, parsed; at most `limit`."""
    files = sorted(Path(folder).glob("*.eml"), reverse=True)[:limit]
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` characters, all of the same width; no line begins with 、。）」.

    Such a sign takes the character before it along. White space becomes single spaces.
    """
    rest, lines = " ".join(text.split()), []
    while len(rest) > width:
        end = width
        while end > 1 and rest[end] in NEVER_FIRST:
            end -= 1
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, rest] if rest else lines
