"""Prepare and start Kyoso on this machine."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from channels_app.demo.accounts import demo_accounts
from kyoso.management import serving

HOST = "127.0.0.1"


class Command(BaseCommand):
    """The one command for a laptop: tables, organisations, demo members, then the site in one process."""

    help = "Prepare the database and serve the site in one process on 127.0.0.1."

    def handle(self, *args: object, **options: object) -> None:
        """Take the port first: nothing is prepared when the site already runs."""
        serving.leave_politely()
        found = serving.taken_socket(HOST, settings.PORT)
        self.prepare()
        serving.serve_asgi("kyoso.asgi:application", found, spread=1, announce=self.welcome)

    def prepare(self) -> None:
        """Bring tables, static files and organisations up to date; fill an empty trial site with members."""
        self.stdout.write("データベースを準備しています…")
        call_command("prepare")
        call_command("collectstatic", verbosity=0, interactive=False)
        if settings.EMBEDDED and not get_user_model().objects.exists():
            call_command("seed_demo")

    def welcome(self) -> None:
        """Print the address and, on a trial site, who can sign in."""
        self.stdout.write(f"\nKyoso は http://{HOST}:{settings.PORT}/ で動いています(Ctrl-C で終了)。")
        if settings.EMBEDDED:
            self.stdout.write("デモ用アカウント:")
            for label, email, password in demo_accounts():
                self.stdout.write(f"  {label} {email} / {password}")
        self.stdout.flush()
