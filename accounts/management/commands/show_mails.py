"""Print docs/mails.md: every mail with invented people, written by the same templates as the real ones."""

from collections.abc import Iterable

from django.core.management.base import BaseCommand

from accounts import library_mails, mail_samples

HEAD = """# Mails

Every mail that Kyoso writes, with invented people: text/plain, in Japanese, complete without a link.
Made by `manage.py show_mails > docs/mails.md` from `templates/emails/`; a test keeps this page current.
"""
LIBRARY_HEAD = """# Mails of the account library

What django-allauth sends about addresses, passwords and second factors, written by the library from
`templates/account/email/`, `templates/mfa/email/` and `templates/socialaccount/email/`.
"""


class Command(BaseCommand):
    """`manage.py show_mails` writes the page to standard output."""

    help = "Prints docs/mails.md from the templates of the mails."

    def handle(self, *args, **options) -> None:
        """Print the page."""
        self.stdout.write(mails_page(), ending="")


def mails_page() -> str:
    """The text of docs/mails.md."""
    own, library = map(sections, (mail_samples.samples(), library_mails.samples()))
    return "\n".join([HEAD, *own, LIBRARY_HEAD, *library])


def sections(samples: Iterable[tuple[str, str, str, str]]) -> list[str]:
    """One section for each mail: title, occasion, subject, text."""
    return [
        f"## {title}\n\n{occasion}\n\n件名：{subject}\n\n```text\n{body}```\n"
        for title, occasion, subject, body in samples
    ]
