"""What the secretariat notes about organisations: set up, renamed, merged, abolished, with the date.

`actor` is None only for the operator's own command.
"""

from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.actions import audit
from accounts.actions.organisation_effects import take_effect
from accounts.actions.refusals import Refused
from accounts.master.rows import check_digit
from accounts.models import Member, Organisation, OrganisationChange
from accounts.models.organisations import PREFECTURE_NAMES
from kyoso.lib.deeds import deed

Kind = OrganisationChange.Kind
LONGEST_PLAN = timedelta(days=3 * 366)
OLDEST = date(1947, 4, 17)  # 地方自治法


def insist_on_secretariat(actor: Member | None) -> None:
    """Raises Refused for anybody but the secretariat and the operator's command."""
    if actor is not None and not (actor.is_active and actor.is_secretariat):
        raise Refused("団体を直せるのは、事務局だけです。")


@deed
def create(
    actor: Member | None, *, code: str, effective_on: date, evidence: str = "", **facts
) -> Organisation:
    """Set up a body that no package lists; `facts` are kind, name and kana (hiragana).

    It can be chosen from `effective_on` on. Raises Refused for a wrong or taken code. Side effects in order:
    the organisation; the note; the audit entry.
    """
    insist_on_secretariat(actor)
    refuse_wrong_code(code)
    _refuse_odd_day(effective_on)
    facts |= {"code": code, "prefecture_code": code[:2], "valid_from": effective_on}
    organisation, created = Organisation.objects.get_or_create(slug=code, defaults=facts)
    if not created:
        raise Refused(f"団体コード {code} は、すでに{organisation.full_name}が使っています。")
    change = _note(actor, organisation, Kind.CREATED, effective_on, evidence=evidence)
    take_effect(change)
    return organisation


def refuse_wrong_code(code: str) -> None:
    """Raises Refused unless the text is a 全国地方公共団体コード: six digits, the last one a check digit."""
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        raise Refused("団体コードは、半角の数字6桁で入力してください。")
    if code[:2] not in PREFECTURE_NAMES:
        raise Refused("団体コードのはじめの2桁が、都道府県の番号ではありません。")
    if check_digit(code[:5]) != code[5]:
        raise Refused("団体コードの最後の桁（検査数字）が合いません。写し間違いがないか確かめてください。")


@deed
def rename(
    actor: Member | None,
    organisation: Organisation,
    *,
    name: str,
    kana: str,
    effective_on: date,
    evidence: str = "",
) -> OrganisationChange:
    """Give an organisation another name from a day on; at once when the day has come.

    Raises Refused when nothing would change, when it does not exist then, or when a later renaming is noted
    already. Side effects in order: the note; the audit entry; on the day the name (see take_effect).
    """
    organisation = _locked(actor, organisation, effective_on)
    _refuse_same_name(organisation, name, kana, effective_on)
    return _plan(
        actor, organisation, Kind.RENAMED, effective_on, evidence=evidence, name_after=name, kana_after=kana
    )


@deed
def correct(
    actor: Member | None, organisation: Organisation, *, name: str, kana: str, evidence: str = ""
) -> OrganisationChange:
    """Put a name or reading right that was wrong all along: also old posts print the right one."""
    today = timezone.localdate()
    organisation = _locked(actor, organisation, today)
    _refuse_same_name(organisation, name, kana, None)
    return _plan(
        actor, organisation, Kind.CORRECTED, today, evidence=evidence, name_after=name, kana_after=kana
    )


@deed
def merge(
    actor: Member | None,
    organisation: Organisation,
    *,
    successor: Organisation,
    effective_on: date,
    evidence: str = "",
) -> OrganisationChange:
    """Let an organisation become part of another from a day on; at once when the day has come.

    Raises Refused when either does not exist then, or when its end is noted already. Side effects in order:
    the note; the audit entry; on the day the merger (see take_effect).
    """
    organisation = _locked(actor, organisation, effective_on)
    if successor.pk == organisation.pk:
        raise Refused("合併先には、別の団体を選んでください。")
    successor = Organisation.objects.select_for_update(no_key=True).get(pk=successor.pk)
    if not successor.exists_on(effective_on) or _ending_of(successor):
        raise Refused(f"{successor.full_name}は、その日にはありません。合併先を確かめてください。")
    _refuse_second_end(organisation, effective_on)
    return _plan(actor, organisation, Kind.MERGED, effective_on, evidence=evidence, successor=successor)


@deed
def abolish(
    actor: Member | None, organisation: Organisation, *, effective_on: date, evidence: str = ""
) -> OrganisationChange:
    """Let an organisation end without a successor: the day is the first on which it is gone.

    Raises Refused as `merge` does. Its members keep their affiliation until they move.
    """
    organisation = _locked(actor, organisation, effective_on)
    _refuse_second_end(organisation, effective_on)
    return _plan(actor, organisation, Kind.ABOLISHED, effective_on, evidence=evidence)


@deed
def withdraw(actor: Member, change: OrganisationChange) -> bool:
    """Take back a planned change; False when it was taken back before.

    Raises Refused when it took effect: then it is history. Side effects in order: the note; the audit entry.
    """
    insist_on_secretariat(actor)
    row = OrganisationChange.objects.select_for_update(no_key=True, of=("self",)).filter(pk=change.pk).first()
    if row is None:
        return False
    if row.taken_effect_at:
        raise Refused("この変更はもう反映されているため、取り消せません。")
    facts = {"kind": str(row.kind), "effective_on": row.effective_on.isoformat()}
    audit.record(actor, "organisation.withdrawn", row.organisation, change=row.pk, **facts)
    row.delete()
    return True


def _locked(actor: Member | None, organisation: Organisation, day: date) -> Organisation:
    insist_on_secretariat(actor)
    _refuse_odd_day(day)
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if organisation.valid_to:
        raise Refused(f"{organisation.full_name}は、{organisation.fate}しています。")
    if organisation.valid_from and day <= organisation.valid_from:
        raise Refused("設置の日より後の日付にしてください。")
    if (ending := _ending_of(organisation)) and day >= ending.effective_on:
        raise Refused(f"{ending.day}に{ending.sentence}する予定が、すでに登録されています。")
    return organisation


def _refuse_odd_day(day: date) -> None:
    if not OLDEST <= day <= timezone.localdate() + LONGEST_PLAN:
        raise Refused("施行日を確かめてください。昭和22年から、いまの3年先までの日付を入力できます。")


def _refuse_same_name(organisation: Organisation, name: str, kana: str, day: date | None) -> None:
    if (organisation.name, organisation.kana) == (name, kana):
        raise Refused("いまの名称・かなと同じです。")
    namings = organisation.changes.filter(kind=Kind.RENAMED)
    if day and namings.filter(effective_on__gte=day).exists():
        raise Refused("同じ日か、それより後の名称変更がすでに登録されています。")


def _ending_of(organisation: Organisation) -> OrganisationChange | None:
    return organisation.changes.planned().filter(kind__in=OrganisationChange.ENDINGS).first()


def _refuse_second_end(organisation: Organisation, day: date) -> None:
    later = Q(kind__in=OrganisationChange.ENDINGS) | Q(effective_on__gte=day)
    if planned := organisation.changes.planned().filter(later).first():
        raise Refused(f"{planned.day}に{planned.sentence}する予定があります。先に取り消してください。")
    incoming = OrganisationChange.objects.planned().filter(successor=organisation).first()
    if incoming:
        raise Refused(
            f"{incoming.organisation.full_name}が合併してくる予定があります。先に取り消してください。"
        )


def _plan(actor, organisation: Organisation, kind: str, day: date, **facts) -> OrganisationChange:
    """The note, carried out at once when its day has come."""
    facts |= {"name_before": organisation.name, "kana_before": organisation.kana}
    change = _note(actor, organisation, kind, day, **facts)
    if day <= timezone.localdate():
        take_effect(change)
    change.refresh_from_db()
    return change


def _note(actor, organisation: Organisation, kind: str, day: date, **facts) -> OrganisationChange:
    common = {"organisation": organisation, "kind": kind, "effective_on": day, "noted_by": actor}
    change = OrganisationChange.objects.create(**common, **facts)
    successor = {"successor": change.successor.slug} if change.successor else {}
    audit.record(
        actor,
        f"organisation.{kind}",
        organisation,
        change=change.pk,
        effective_on=day.isoformat(),
        **successor,
    )
    return change
