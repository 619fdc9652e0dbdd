"""The template tag `lucide`, with each icon drawn once: a page has a dozen of some twenty icons.

The only place that reaches into the library. That one reads the list of all its 1,745 drawings anew for every
icon, some 30 ms each: the first page of a new process would take a second longer.
"""

from contextlib import AbstractContextManager, nullcontext
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import IO
from zipfile import ZipFile

import lucide as library
from django import template
from lucide.templatetags.lucide import lucide

register = template.Library()
register.simple_tag(lru_cache(maxsize=512)(lucide), name="lucide")


@cache
def drawings() -> ZipFile:
    """The archive of all drawings, opened once."""
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))


def opened(archive: IO[bytes], mode: str) -> AbstractContextManager[ZipFile]:
    """What the library calls in place of ZipFile, and leaves open."""
    return nullcontext(drawings())


library.ZipFile = opened  # type: ignore[misc, assignment]
