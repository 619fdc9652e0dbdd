#!/usr/bin/env python
"""Kyoso's command line. Without DATABASE_URL it first starts the embedded PostgreSQL."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import connections

from kyoso import embedded

WITHOUT_DATABASE = {"help", "version", "collectstatic", "--help", "-h", "--version"}


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyoso.settings")
    if os.environ.get("DATABASE_URL") or WITHOUT_DATABASE.issuperset(sys.argv[1:2]):
        execute_from_command_line(sys.argv)
        return
    try:
        embedded.start()
    except embedded.EmbeddedError as error:
        sys.exit(str(error))
    try:
        execute_from_command_line(sys.argv)
    finally:
        close_pools()


def close_pools() -> None:
    """Let go of the server before it is stopped, or the pool would try to reach it again and complain."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()


if __name__ == "__main__":
    main()
