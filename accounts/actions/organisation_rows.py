"""One row of an uploaded file: which deed it asks for."""

from collections.abc import Callable
from datetime import date
from typing import Any

from accounts.actions.organisation_changes import abolish, correct, create, merge, refuse_wrong_code, rename
from accounts.actions.refusals import Refused
from accounts.master.postal import KIND_BY_SUFFIX
from accounts.master.rows import is_reading
from accounts.master.uploads import Row
from accounts.models import Member, Organisation, OrganisationChange
from kyoso.lib.japanese import nfkc, to_hiragana

Kind = OrganisationChange.Kind
MASTER_COLUMNS = {
    "required": ("code", "name", "kana", "effective_date"),
    "optional": ("successor_code", "change", "evidence"),
}
POPULATION_COLUMNS = {"required": ("code", "population"), "optional": ("name",)}
LARGEST_POPULATION = 20_000_000
# What may stand in the column `change`; with an empty cell the row is a merger when it names a successor,
# and otherwise a renaming.
CHANGES = {str(kind): kind for kind in Kind} | {kind.label: kind for kind in Kind}


class Register:
    """The organisations by code, read once for a whole file; what its rows set up is added."""

    def __init__(self) -> None:
        rows = Organisation.objects.exclude(code=None).select_related("successor")
        self.by_code = {row.code: row for row in rows}
        self.seen: set[str] = set()

    def body(self, code: str) -> Organisation:
        """The organisation of a code; raises Refused for a wrong or unknown one."""
        refuse_wrong_code(code)
        if code not in self.by_code:
            raise Refused(f"団体コード {code} の団体はありません。")
        return self.by_code[code]

    def refuse_second_row(self, code: str) -> None:
        """Raises Refused when a row before had the same code."""
        if code in self.seen:
            raise Refused(f"団体コード {code} の行が2つあります。")
        self.seen.add(code)


def change_by(actor: Member | None, register: Register, row: Row) -> str:
    """Do what a row of the yearly update asks for; returns what it changes, "" for nothing."""
    code = nfkc(row["code"])
    register.refuse_second_row(code)
    kind = kind_of(row)
    facts: dict[str, Any] = {"name": name_of(row), "kana": kana_of(row), "day": day_of(row)}
    if kind == Kind.CREATED:
        return set_up(actor, register, code, row["evidence"], **facts)
    return VERBS[kind](actor, register, register.body(code), row, **facts)


def kind_of(row: Row) -> Kind:
    """The kind of change a row asks for."""
    word = row["change"]
    if word and word not in CHANGES:
        raise Refused(
            f"change の「{word[:20]}」が分かりません。名称変更、訂正、合併、廃止、設置のどれかです。"
        )
    if word:
        return CHANGES[word]
    return Kind.MERGED if row["successor_code"] else Kind.RENAMED


def name_of(row: Row) -> str:
    """The name; raises Refused for none and for one that is too long."""
    name = nfkc(row["name"])
    if not 0 < len(name) <= 80:
        raise Refused("name（名称）は、80文字までで入力してください。")
    return name


def kana_of(row: Row) -> str:
    """The reading in hiragana; raises Refused for anything else."""
    kana = to_hiragana(nfkc(row["kana"]))
    if not is_reading(kana) or len(kana) > 120:
        raise Refused("kana（読み）は、ひらがなかカタカナで入力してください。")
    return kana


def day_of(row: Row) -> date:
    """The day; 2026-04-01 and 2026/4/1 are both understood."""
    try:
        year, month, day = map(int, nfkc(row["effective_date"]).replace("/", "-").split("-"))
        return date(year, month, day)
    except ValueError:
        raise Refused("effective_date（施行日）は、2026-04-01 の形で入力してください。") from None


def set_up(actor, register: Register, code: str, evidence: str, *, name: str, kana: str, day: date) -> str:
    """A new municipality, from its code and the last sign of its name."""
    if name[-1] not in KIND_BY_SUFFIX:
        raise Refused("設置できるのは、市・区・町・村です。組合などは画面から登録してください。")
    known = register.by_code.get(code)
    if known and (known.name, known.kana, known.valid_from) == (name, kana, day):
        return ""
    facts = {"kind": KIND_BY_SUFFIX[name[-1]], "name": name, "kana": kana}
    organisation = create(actor, code=code, effective_on=day, evidence=evidence, **facts)
    register.by_code[code] = organisation
    return f"{organisation.full_name}（{code}）を{day.isoformat()}に設置"


def _rename(actor, register, organisation: Organisation, row: Row, *, name: str, kana: str, day: date) -> str:
    if (organisation.name, organisation.kana) == (name, kana):
        return ""
    if is_noted(organisation, Kind.RENAMED, name_after=name, kana_after=kana, effective_on=day):
        return ""
    change = rename(actor, organisation, name=name, kana=kana, effective_on=day, evidence=row["evidence"])
    return said(organisation, change)


def _correct(
    actor, register, organisation: Organisation, row: Row, *, name: str, kana: str, day: date
) -> str:
    if (organisation.name, organisation.kana) == (name, kana):
        return ""
    return said(organisation, correct(actor, organisation, name=name, kana=kana, evidence=row["evidence"]))


def _merge(actor, register: Register, organisation: Organisation, row: Row, *, name, kana, day: date) -> str:
    refuse_other_name(organisation, name)
    successor = register.body(nfkc(row["successor_code"]))
    if is_noted(organisation, Kind.MERGED, successor=successor):
        return ""
    facts: dict[str, Any] = {"successor": successor, "effective_on": day, "evidence": row["evidence"]}
    return said(organisation, merge(actor, organisation, **facts))


def _abolish(actor, register, organisation: Organisation, row: Row, *, name, kana, day: date) -> str:
    refuse_other_name(organisation, name)
    if is_noted(organisation, Kind.ABOLISHED):
        return ""
    return said(organisation, abolish(actor, organisation, effective_on=day, evidence=row["evidence"]))


def is_noted(organisation: Organisation, kind: Kind, **facts) -> bool:
    """Whether the change stands in the table already, so that a file may be read twice."""
    return organisation.changes.filter(kind=kind, **facts).exists()


def refuse_other_name(organisation: Organisation, name: str) -> None:
    """A code that was mistyped must not end another body: the name has to be its own."""
    if organisation.name != name:
        raise Refused(f"団体コードと名称が合いません。この団体コードは{organisation.full_name}です。")


def said(organisation: Organisation, change: OrganisationChange) -> str:
    """One change as the preview shows it."""
    return f"{organisation.full_name}：{change.sentence}（{change.effective_on.isoformat()}）"


VERBS: dict[str, Callable] = {
    Kind.RENAMED: _rename,
    Kind.CORRECTED: _correct,
    Kind.MERGED: _merge,
    Kind.ABOLISHED: _abolish,
}


def populate_by(actor: Member | None, register: Register, row: Row) -> str:
    """Write the population of a row; returns what it changes, "" for nothing."""
    code = nfkc(row["code"])
    register.refuse_second_row(code)
    organisation = register.body(code)
    number = nfkc(row["population"]).replace(",", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 8 and int(number) <= LARGEST_POPULATION):
        raise Refused("population（人口）は、0から2,000万までの数字で入力してください。")
    if organisation.population == int(number):
        return ""
    before = "なし" if organisation.population is None else f"{organisation.population:,}人"
    Organisation.objects.filter(pk=organisation.pk).update(population=int(number))
    return f"{organisation.full_name}：人口 {before} → {int(number):,}人"
