"""Who can sign in on a trial site: one account per role."""

import json
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parent
PASSWORD = "kumo-no-ue-no-machi"  # noqa: S105  (printed at the start of a trial site, never made elsewhere)
ROLES = {
    "tanaka-rina": "会員（町の情報担当）",
    "miura-kenta": "アンバサダー",
    "ito-daisuke": "国の職員",
    "hasegawa-jun": "審査担当",
    "oonishi-mai": "事務局",
}


def content(name: str) -> Any:
    """The rows of one content file, such as "people" or "threads/madoguchi-dx"."""
    return json.loads((CONTENT / f"{name}.json").read_text(encoding="utf-8"))


def demo_accounts() -> list[tuple[str, str, str]]:
    """(role, address, password) of each account that can sign in."""
    people = {person["key"]: person for person in content("people")}
    return [(label, people[key]["email"], PASSWORD) for key, label in ROLES.items() if key in people]
