"""Entries of the audit log as the desk shows them: names, sentences, and whether the chain holds."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.timezone import localtime

from accounts.models import (
    AuditAnchor,
    AuditEntry,
    AuditHead,
    EmailDomain,
    Member,
    Organisation,
    Registration,
)
from accounts.models.audit_anchors import newest_removal
from channels_app.models import OwnStamp
from secretariat.audit_sentences import label_of, sentence_of

Names = dict[tuple[str, int | None], str]
# noun: (model, the field that names it, word after a person's name). Others are named by kind and number.
NAMED = {
    "member": (Member, "name", "さん"),
    "registration": (Registration, "name", "さん"),
    "organisation": (Organisation, "name", ""),
    "emaildomain": (EmailDomain, "domain", ""),
    "ownstamp": (OwnStamp, "name", ""),
}
KINDS = {
    "member": "会員",
    "registration": "受付",
    "organisation": "団体",
    "emaildomain": "メールドメイン",
    "post": "投稿",
    "channel": "チャンネル",
    "proposal": "チャンネルの提案",
    "ambassador": "アンバサダーの任期",
    "invitation": "招待",
    "affiliation": "所属",
    "organisationchange": "団体の変更",
    "ownstamp": "スタンプ",
}
# Without an actor: somebody at the doors, or the site itself (automatic approval, planned changes).
AT_THE_DOORS = {"login.failed", "limit.reached", "code.rejected", "factor.failed"}
BY_NOBODY = "ログインしていない人"
BY_THE_SITE = "システム"


@dataclass(frozen=True)
class AuditRow:
    """One entry in words."""

    entry: AuditEntry
    actor: str
    label: str
    noun: str
    sentence: str
    is_intact: bool


def rows_of(entries: Sequence[AuditEntry]) -> list[AuditRow]:
    """The entries in words; at most one query per kind of noun, whatever their number."""
    names = _names(entries)
    return [_row(entry, names) for entry in entries]


def _names(entries: Sequence[AuditEntry]) -> Names:
    wanted: defaultdict[str, set[int | None]] = defaultdict(set)
    for entry in entries:
        wanted[entry.noun].add(entry.noun_id)
        wanted["member"].add(entry.actor_id)
    names: Names = {}
    for noun, (model, field, suffix) in NAMED.items():
        found = model._default_manager.filter(pk__in=wanted[noun] - {None}).values_list("pk", field)
        names |= {(noun, pk): f"{name}{suffix}" for pk, name in found}
    return names


def _row(entry: AuditEntry, names: Names) -> AuditRow:
    noun = names.get((entry.noun, entry.noun_id)) or _numbered(entry)
    actor = names.get(("member", entry.actor_id), "")
    if not actor:
        actor = BY_NOBODY if entry.deed in AT_THE_DOORS else BY_THE_SITE
    said = sentence_of(entry.deed, noun, entry.detail)
    return AuditRow(entry, actor, label_of(entry.deed), noun, said, entry.is_intact)


def _numbered(entry: AuditEntry) -> str:
    if entry.noun:
        return f"{KINDS.get(entry.noun, entry.noun)} {entry.noun_id}"
    mark = entry.detail.get("mark", "")
    return f"登録のないアドレス（印 {mark}）" if mark else ""


@dataclass(frozen=True)
class ChainState:
    """Whether the chain holds, as far as the desk knows."""

    kind: str  # of a banner: success, error, warning
    title: str
    text: str


def chain_state() -> ChainState:
    """The result of the last verification, and whether the end is where it should be: at most 4 queries."""
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    last = AuditEntry.objects.filter(pk=head.last_id).first()
    broken = head.broken_id
    if broken is None and last is None and head.count:
        broken = head.last_id
    if broken is None and last and (last.chained != head.chained or not last.is_intact):
        broken = last.pk
    if broken is not None:
        text = f"記録 {broken} から先は、書き換えか削除の疑いがあります。控えの記録と比べてください。"
        return ChainState("error", "記録が途切れています", text)
    if head.checked_at is None:
        return ChainState("warning", "まだ検証していません", "検証は毎日、早朝に自動で行います。")
    return ChainState("success", "検証済み", _checked(head) + _beginning())


def _checked(head: AuditHead) -> str:
    when = localtime(head.checked_at)
    day = f"{when.year}年{when.month}月{when.day}日 {when.hour}時{when.minute}分"
    there = head.checked_count - AuditAnchor.present().count
    return f"{day}に{max(there, 0):,}件を確かめました。書き換えも欠けもありません。"


def _beginning() -> str:
    """What was removed by age, as the newest entry about it says."""
    told = newest_removal()
    until, count = str(told.get("until", "")), told.get("count")
    if not (isinstance(count, int) and re.fullmatch(r"\d{4}-\d\d-\d\d", until)):
        return ""
    year, month, day = (int(part) for part in until.split("-"))
    gone = f"{year}年{month}月{day}日までの{count:,}件"
    return f"{gone}は、保存期間（{settings.AUDIT_YEARS}年）を過ぎて消しました。"
