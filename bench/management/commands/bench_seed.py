"""Fill a site for the benchmark, unless it has members already."""

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from accounts.models import Member
from channels_app.demo import community, scale

TOWNS, LOCAL_STAFF = 15, 15


class Command(BaseCommand):
    """The full scale, or with --small fifteen towns and as many members around the same conversations."""

    help = "Fill a site for the benchmark, unless it has members already."

    def add_arguments(self, parser) -> None:
        """How many posts, and whether few members."""
        parser.add_argument("--posts", type=int, required=True)
        parser.add_argument("--small", action="store_true")

    def handle(self, *args, posts: int, small: bool, **options) -> None:
        """Migrate, collect static files, load organisations; then the community and its crowd."""
        call_command("prepare")
        call_command("collectstatic", verbosity=0, interactive=False)
        if Member.objects.exists():
            return
        self.stdout.write(f"Seeding {posts:,} posts …")
        if small:
            scale.MUNICIPALITIES, scale.LOCAL_STAFF = TOWNS, LOCAL_STAFF
            scale.AGENCIES = scale.STATE_STAFF = 0
        community.seed()
        scale.enlarge(posts)
        # Autovacuum does it within minutes; until then counts read the table instead of the index.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
