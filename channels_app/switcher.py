"""The quick switcher (Ctrl+K): a few places that fit what was typed: channels, people, pages of the site."""

import re
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from accounts.models import Member
from channels_app import people_search, stays
from channels_app.models import Channel, Membership
from kyoso.lib.japanese import folded, kana_pattern

MOST = 8  # of each kind
# Address, name, what else it may be called, icon.
PAGES = (
    ("/home/", "ホーム", "はじめ トップ home", "house"),
    ("/inbox/", "お知らせ", "通知 つうち おしらせ inbox", "bell"),
    ("/channels/", "チャンネルの一覧", "さがす いちらん channels", "hash"),
    ("/members/", "会員をさがす", "かいいん 人 ひと 職員 members", "users"),
    ("/organisations/", "団体をさがす", "だんたい 市区町村 じちたい 府省庁", "landmark"),
    ("/search/", "投稿をさがす", "けんさく 検索 さがす search", "search"),
    ("/bookmarks/", "あとで", "あとで読む ブックマーク bookmarks", "bookmark"),
    ("/drafts/", "下書き", "したがき drafts", "pencil-line"),
    ("/scheduled-posts/", "予約した投稿", "よやく", "clock"),
    ("/directs/", "ダイレクトを始める", "DM だいれくと", "message-circle-plus"),
    ("/channels/proposals/", "チャンネルの提案", "ていあん", "lightbulb"),
    ("/channels/arrangement/", "チャンネルの並べ方", "ならべかた 見出し お気に入り", "list-tree"),
    ("/accounts/preferences/", "表示と通知の設定", "せってい 元号 ダーク 暗い Enter", "settings-2"),
    ("/accounts/", "アカウントと安全", "あかうんと パスワード 2つ目の認証", "key-round"),
    ("/members/me/", "自分のプロフィール", "じぶん ぷろふぃーる", "user"),
    ("/help/", "使い方とショートカット", "つかいかた ヘルプ help そうさ", "circle-question-mark"),
    ("/help/connection/", "接続診断", "せつぞく つながらない 届かない 通信 connection", "activity"),
    ("/conduct/", "行動規範", "こうどうきはん やくそく ルール", "book-open-check"),
)


@dataclass(frozen=True)
class Place:
    """Somewhere to go: its address, how it is called, and a word about it. `icon` is a channel's kind."""

    address: str
    name: str
    note: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Group:
    """Places of one kind under a heading."""

    label: str
    kind: str
    places: list[Place]


def groups_for(member: Member, typed: str, unread: frozenset[int] = frozenset()) -> list[Group]:
    """What fits the typed words, by kind; empty groups are left out. At most five queries.

    `#` in front asks for channels only, `@` for people only. Without words: the channels one is in, those
    with something new (ids `unread`) first, and the pages.
    """
    sign, words = _parted(typed)
    own, others = ([], []) if sign == "@" else _channels(member, words, unread)
    groups = [
        Group("参加しているチャンネル", "channel", own[:MOST]),
        Group("ほかのチャンネル", "channel", others[:MOST] if words else []),
        Group("会員", "member", [] if sign == "#" else _people(member, words)),
        Group("ページ", "page", [] if sign else _pages(words)),
    ]
    return [group for group in groups if group.places]


def _parted(typed: str) -> tuple[str, list[str]]:
    text = folded(typed).strip()
    sign = text[:1] if text[:1] in {"#", "@"} else ""
    return sign, text.removeprefix(sign).split()[:5]


def fits(words: list[str], *names: str) -> bool:
    """Whether each word is in one of the names, or spells the beginning of one's reading in Latin letters."""
    told = [folded(name) for name in names if name]
    return all(any(word in name for name in told) or _spells(word, told) for word in words)


def _spells(word: str, names: list[str]) -> bool:
    pattern = kana_pattern(word) if word.isascii() else ""
    return bool(pattern) and any(re.search(rf"(?:^|\s){pattern}", name) for name in names)


def _channels(member, words: list[str], unread) -> tuple[list[Place], list[Place]]:
    stay = Membership.objects.current().of(member)
    rows = (
        Channel.objects.visible_to(member)
        .living()
        .annotate(joined=Exists(stay.filter(channel=OuterRef("pk"))), shown_name=stays.shown_name(member.pk))
        .order_by("kana", "name")
        .values_list("pk", "slug", "shown_name", "kana", "kind", "purpose", "joined")
    )
    fitting = [row for row in rows if fits(words, row[2], row[3], row[1])]
    fitting.sort(key=lambda row: (row[0] not in unread, not _begins(words, row)))
    places = [(row[6], Place(f"/channels/{row[1]}/", row[2], row[5], row[4])) for row in fitting]
    return [place for joined, place in places if joined], [place for joined, place in places if not joined]


def _begins(words: list[str], row: tuple) -> bool:
    return bool(words) and folded(row[2]).startswith(words[0])


def _people(member, words: list[str]) -> list[Place]:
    found = people_search.candidates(member, " ".join(words))[:MOST]
    return [
        Place(f"/members/{one.pk}/", one.name, one.affiliation.label if one.affiliation else "")
        for one in found
    ]


def _pages(words: list[str]) -> list[Place]:
    return [Place(address, name, "", icon) for address, name, more, icon in PAGES if fits(words, name, more)]
