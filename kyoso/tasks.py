"""Upkeep of the job queue itself."""

from kyoso import jobs

jobs.declare_upkeep()
