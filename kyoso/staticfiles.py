"""How static files get their names in production: with a hash, also where one script imports another."""

import re
from collections.abc import Callable

from django.core.files.base import ContentFile
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# As our modules write it, and only they: Django's own pattern also finds imports in comments.
OUR_IMPORTS = (
    "js/*.js",
    (
        (r"""(?P<matched>from "(?P<url>\.{1,2}/[^"]+\.js)";)""", """from "%(url)s";"""),
        (r"""(?P<matched>import\("(?P<url>\.{1,2}/[^"]+\.js)"\))""", """import("%(url)s")"""),
    ),
)


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files; our ES modules import one another by their hashed names.

    Without that a browser would mix the modules of two versions after an update: the entry is new, what it
    imports comes from the cache. Each pass carries a changed hash one import further up, so the number of
    passes bounds the depth of imports (Django's default is five). Circles of imports have no hash at all.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, OUR_IMPORTS)
    max_post_process_passes = 20

    def _save(self, name, content):
        """Scripts and sheets are stored without comments and indentation: a fifth less for a slow line."""
        shorten = {"js": jsmin, "css": cssmin}.get(name.rpartition(".")[2])
        return super()._save(name, minified(content, shorten) if shorten else content)


def cssmin(sheet: str) -> str:
    """A sheet without comments, indentation and empty lines. No string of ours holds what looks like one."""
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)).strip()


def minified(content, shorten: Callable[[str], str]) -> ContentFile:
    """A script or sheet (an open file of UTF-8) as a site serves it."""
    content.open()  # its hash was taken before: it stands at its end
    text = content.read()
    return ContentFile(shorten(text if isinstance(text, str) else text.decode()).encode())
