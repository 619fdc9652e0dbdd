"""The site's settings for the process that makes the load: no pool, a cheap hash for the cast's passwords."""

from kyoso.settings import *  # noqa: F403
from kyoso.settings import DATABASES

# Servers under test have their pools; here one would only hide which thread forgot to let go.
DATABASES["default"]["OPTIONS"].pop("pool")
PASSWORD_HASHERS = ["tests.hashing.QuickArgon2", "django.contrib.auth.hashers.Argon2PasswordHasher"]
