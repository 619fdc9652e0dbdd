"""The site's settings, with the control arms beside the product's addresses."""

from kyoso.settings import *  # noqa: F403
from kyoso.settings import ACCOUNT_RATE_LIMITS, INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
MIDDLEWARE = ["bench.counting.tell_statements", *MIDDLEWARE]
ROOT_URLCONF = "bench.urls"
# All doors are tried from one address here; the limits per account stay.
FROM_HERE = {
    "login": "100000/m/ip",
    "login_failed": "100000/m/ip,5/300s/key",
    "signup": "100000/m/ip",
    "reset_password": "100000/m/ip,5/m/key",
}
ACCOUNT_RATE_LIMITS = ACCOUNT_RATE_LIMITS | FROM_HERE
