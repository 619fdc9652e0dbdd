"""Quoting a post in an answer: who said it when, where it stands, and its words behind the sign `>`."""

import re

from django.utils import timezone

from channels_app.models import Post

LINES, LENGTH = 12, 600  # what is longer is read where it stands


def quote(post: Post) -> str:
    """Markdown that quotes a post: 氏名（団体・日付） as a link to it, its first words, an empty line.

    What the post itself quotes is left out, so that answers do not pile up.
    """
    day = timezone.localdate(post.posted_at)
    who = f"{post.author.name}（{post.affiliation_label}・{day.year}年{day.month}月{day.day}日）"
    return "\n".join([f"> [{_plain(who)}]({post.get_absolute_url()})", ">", *_said(post.text), "", ""])


def _plain(text: str) -> str:
    return re.sub(r"([\\\[\]`*_<>])", r"\\\1", text)


def _said(text: str) -> list[str]:
    own = [line for line in text.strip().splitlines() if not line.lstrip().startswith(">")]
    short = "\n".join(own).strip()[:LENGTH].splitlines()[:LINES]
    shortened = ["> …"] if len("\n".join(short)) < len("\n".join(own).strip()) else []
    return [f"> {line}".rstrip() for line in short] + shortened
