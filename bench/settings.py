"""The site's settings, with the control arms beside the product's addresses."""

from kyoso.settings import *  # noqa: F403
from kyoso.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
MIDDLEWARE = ["bench.counting.tell_statements", *MIDDLEWARE]
ROOT_URLCONF = "bench.urls"
