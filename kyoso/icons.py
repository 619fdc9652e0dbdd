"""The template tag `lucide`, with each icon drawn once: a page has a dozen of some twenty icons."""

from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide

register = template.Library()
register.simple_tag(lru_cache(maxsize=512)(lucide), name="lucide")
