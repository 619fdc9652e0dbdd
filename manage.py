#!/usr/bin/env python
"""Kyoso's command line. Without DATABASE_URL it first starts the embedded PostgreSQL."""

import os
import sys

from django.core.management import execute_from_command_line

from kyoso import embedded

WITHOUT_DATABASE = {"help", "version", "collectstatic", "--help", "-h", "--version"}


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyoso.settings")
    if not os.environ.get("DATABASE_URL") and not WITHOUT_DATABASE.issuperset(sys.argv[1:2]):
        try:
            embedded.start()
        except embedded.EmbeddedError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
