"""The regional channels every site has: one per prefecture, and one per class of like bodies."""

from accounts.models import Organisation
from accounts.models.organisations import PREFECTURE_NAMES
from channels_app.actions.channels import open_channel
from channels_app.models import Channel
from kyoso.lib.deeds import deed

CATEGORY, PEERS = "地域", "団体の区分"
# Addresses of the prefectures in the order of their codes, in the spelling of road signs.
ROMAJI = (
    *(
        "hokkaido",
        "aomori",
        "iwate",
        "miyagi",
        "akita",
        "yamagata",
        "fukushima",
        "ibaraki",
        "tochigi",
        "gunma",
    ),
    *(
        "saitama",
        "chiba",
        "tokyo",
        "kanagawa",
        "niigata",
        "toyama",
        "ishikawa",
        "fukui",
        "yamanashi",
        "nagano",
    ),
    *("gifu", "shizuoka", "aichi", "mie", "shiga", "kyoto", "osaka", "hyogo", "nara", "wakayama"),
    *(
        "tottori",
        "shimane",
        "okayama",
        "hiroshima",
        "yamaguchi",
        "tokushima",
        "kagawa",
        "ehime",
        "kochi",
        "fukuoka",
    ),
    *("saga", "nagasaki", "kumamoto", "oita", "miyazaki", "kagoshima", "okinawa"),
)
# class: (name, reading, purpose)
CLASSES = {
    "prefectures": ("都道府県", "とどうふけん", "都道府県の職員が、県の立場で話す場です。"),
    "designated": ("指定都市", "していとし", "20の指定都市の職員が、同じ規模の悩みを話す場です。"),
    "core": ("中核市", "ちゅうかくし", "中核市の職員が、同じ規模の悩みを話す場です。"),
    "wards": ("特別区", "とくべつく", "東京23区の職員が話す場です。"),
    "cities": ("市", "し", "指定都市と中核市を除く市の職員が話す場です。"),
    "towns": ("町村", "ちょうそん", "町と村の職員が、少ない人数で回す工夫を話す場です。"),
    "agencies": ("国の機関", "くにのきかん", "国の機関の職員どうしが話す場です。"),
}


@deed
def open_regional_channels() -> int:
    """Open those of the 47 prefectures and the classes that are missing; returns how many were opened.

    A prefecture or class has its channel once one exists, whatever its name or address, archived ones too.
    """
    regional = Channel.objects.filter(kind=Channel.Kind.REGIONAL)
    places = set(regional.filter(peer_class="").values_list("prefecture_code", flat=True))
    classes = set(regional.filter(prefecture_code="").values_list("peer_class", flat=True))
    readings = dict(Organisation.objects.filter(is_prefecture=True).values_list("prefecture_code", "kana"))
    missing = [_of_prefecture(code, readings) for code in PREFECTURE_NAMES if code not in places]
    missing += [_of_class(name) for name in CLASSES if name not in classes]
    for facts in missing:
        open_channel(None, kind=Channel.Kind.REGIONAL, **facts)
    return len(missing)


def _of_prefecture(code: str, readings: dict[str, str]) -> dict:
    name = PREFECTURE_NAMES[code]
    return {
        "slug": f"chiiki-{ROMAJI[int(code) - 1]}",
        "name": name,
        "kana": readings.get(code, ""),
        "purpose": f"{name}内の自治体と{'道' if code == '01' else name[-1]}の職員が話す場です。",
        "category": CATEGORY,
        "prefecture_code": code,
    }


def _of_class(peer_class: str) -> dict:
    name, kana, purpose = CLASSES[peer_class]
    facts = {"name": name, "kana": kana, "purpose": purpose, "category": PEERS, "peer_class": peer_class}
    return facts | {"slug": f"kubun-{peer_class}"}
