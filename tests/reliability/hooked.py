"""The site's own settings with the weak spots of hooks.py, for servers under the fault tests."""

from kyoso.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.reliability.hooks.Hooks"]  # noqa: F405
