"""Print docs/mails.md: every mail with invented people, written by the same templates as the real ones."""

from django.core.management.base import BaseCommand

from accounts.mail_samples import samples

HEAD = """# Mails

Every mail that Kyoso writes, with invented people: text/plain, in Japanese, complete without a link.
Made by `manage.py show_mails > docs/mails.md` from `templates/emails/`; a test keeps this page current.
What the account library sends (codes for a new password or address) is in `templates/account/email/`.
"""


class Command(BaseCommand):
    """`manage.py show_mails` writes the page to standard output."""

    help = "Prints docs/mails.md from the templates of the mails."

    def handle(self, *args, **options) -> None:
        """Print the page."""
        self.stdout.write(mails_page(), ending="")


def mails_page() -> str:
    """The text of docs/mails.md."""
    parts = [
        f"## {title}\n\n{occasion}\n\n件名：{subject}\n\n```text\n{body}```\n"
        for title, occasion, subject, body in samples()
    ]
    return "\n".join([HEAD, *parts])
