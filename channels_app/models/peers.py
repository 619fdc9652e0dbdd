"""Peers: bodies with like duties, whatever prefecture they are in."""

from accounts.models import Organisation

# The 62 中核市 by 全国地方公共団体コード: 総務省「中核市一覧」, as of 1 April 2024.
CORE_CITIES = frozenset(
    (
        *("012025", "012041", "022012", "022039", "032018", "052019", "062014", "072010", "072036", "072044"),
        *("082015", "092011", "102016", "102024", "112011", "112038", "112224", "122041", "122173", "132012"),
        *("142018", "162019", "172014", "182010", "192015", "202011", "202029", "212016", "232017", "232025"),
        *("232033", "232114", "252018", "272035", "272051", "272078", "272108", "272124", "272159", "272272"),
        *("282014", "282022", "282031", "282049", "292010", "302015", "312011", "322016", "332020", "342025"),
        *("342076", "352012", "372013", "382019", "392014", "402036", "422011", "422029", "442011", "452017"),
        *("462012", "472018"),
    )
)
Kind = Organisation.Kind
# By kind of organisation; values of Channel.PeerClass.
CLASSES = {
    Kind.PREFECTURE: "prefectures",
    Kind.DESIGNATED_CITY: "designated",
    Kind.SPECIAL_WARD: "wards",
    Kind.CITY: "cities",
    Kind.TOWN: "towns",
    Kind.VILLAGE: "towns",
    Kind.AGENCY: "agencies",
}


def peer_class_of(organisation: Organisation) -> str:
    """The class of an organisation, a value of Channel.PeerClass; "" for unions and public enterprises."""
    if organisation.code in CORE_CITIES:
        return "core"
    return CLASSES.get(Kind(organisation.kind), "")
