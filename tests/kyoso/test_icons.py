from zipfile import ZipFile

import lucide as library
from django.template import Context, Template

from kyoso import icons

DRAWN = '{% load lucide %}{% lucide "send" size=20 %}{% lucide "hash" size=20 %}{% lucide "lock" size=20 %}'


def test_the_list_of_all_drawings_is_read_once_for_all_icons(monkeypatch):
    read, opened = ZipFile._RealGetContents, []
    monkeypatch.setattr(ZipFile, "_RealGetContents", lambda archive: opened.append(archive) or read(archive))
    library._load_icon.cache_clear()
    icons.drawings.cache_clear()
    assert (Template(DRAWN).render(Context()).count("<svg"), len(opened)) == (3, 1)
