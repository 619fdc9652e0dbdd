"""Fill an empty site with the demo community."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Member, Organisation
from channels_app.demo import community, scale


class Command(BaseCommand):
    """The demo community, or with --scale full the size of the real platform, for benchmarks."""

    help = "Fill an empty site with fictional people and conversations."

    def add_arguments(self, parser) -> None:
        """--scale full: 14,700 members and 1,000,000 posts instead of the small community."""
        parser.add_argument("--scale", choices=["demo", "full"], default="demo")
        parser.add_argument("--posts", type=int, default=scale.POSTS, help="posts of --scale full")

    def handle(self, *args, scale: str, posts: int, **options) -> None:
        """Refuse on a production site and where members exist already."""
        if not settings.EMBEDDED:
            raise CommandError("Demo data belongs on a trial site: unset DATABASE_URL.")
        if Member.objects.exists():
            raise CommandError("There are members already; the demo community needs an empty site.")
        if not Organisation.objects.exists():
            call_command("load_organisations")
        made = self.fill(scale, posts)
        self.stdout.write("、".join(f"{noun} {count:,}" for noun, count in made.items()))

    def fill(self, size: str, posts: int) -> dict[str, int]:
        """Make the community of the chosen size; returns counts by noun."""
        made = community.seed()
        if size == "full":
            made |= scale.enlarge(posts)
        return made
