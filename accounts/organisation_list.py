"""The organisations as the search of the application page wants them."""

import json
import re
from functools import lru_cache

from accounts.addresses import Directory
from accounts.models import Organisation
from kyoso.lib.japanese import romaji, romaji_key

AGENCIES = "agency"
LONG_VOWEL = re.compile(r"(?<=o)[ou]|(?<=u)u")


@lru_cache(maxsize=1)
def organisation_list(directory: Directory) -> bytes:
    """JSON rows [place, slug, short name, full name, kana, Latin spellings …], in the order of the master.

    `directory` only tells when to make it anew: its object changes with the tables and the day. One query and
    about a tenth of a second then, nothing otherwise.
    """
    rows = [
        [row.prefecture_code or AGENCIES, row.slug, row.name, row.full_name, row.kana, *spellings(row.kana)]
        for row in Organisation.objects.existing()
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def spellings(kana: str) -> list[str]:
    """How a reading is typed in Latin letters: ちゅうおうし → chuuoushi, chuoshi, tyuosi."""
    spelled = romaji(kana)
    return sorted({spelled, LONG_VOWEL.sub("", spelled), romaji_key(spelled)})
