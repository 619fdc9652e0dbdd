"""The mails of a trial site as a page: in the embedded mode nothing leaves the machine."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kyoso.lib.mail import FolderBackend, kept_messages

FOLDER_BACKEND = f"{FolderBackend.__module__}.{FolderBackend.__qualname__}"


@dataclass(frozen=True)
class Letter:
    """One kept message as it is printed."""

    subject: str
    to: str
    sent_at: datetime | None
    body: str


def letter_of(message: EmailMessage) -> Letter:
    """The printed form of a parsed message."""
    body = message.get_body(("plain",))
    return Letter(
        subject=str(message["subject"] or ""),
        to=str(message["to"] or ""),
        sent_at=sent_at(message),
        body=body.get_content() if body else "",
    )


def sent_at(message: EmailMessage) -> datetime | None:
    """When a message was written, or None. Django writes UTC as -0000, which Python reads without a zone."""
    if not message["date"]:
        return None
    moment = parsedate_to_datetime(str(message["date"]))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@login_not_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The newest mails; open to anybody, because codes are read here before there is an account.

    404 unless this is the embedded mode and mail goes to the folder.
    """
    if not settings.EMBEDDED or settings.EMAIL_BACKEND != FOLDER_BACKEND:
        raise Http404
    mails = [letter_of(message) for message in kept_messages(settings.MAIL_DIR)]
    return render(request, "mail/index.html", {"mails": mails})
