"""The rules from an address to its candidates, and every trap on the way."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.addresses import Directory, DomainRule, Reason, Verdict
from accounts.judgement import EXPLANATIONS, SEVERAL_FIT
from accounts.master.rows import OrganisationRow, read_agencies, read_organisations

BODIES = read_organisations()
FULL_NAMES = {
    body.slug: next(p.name for p in BODIES if p.code[:2] == body.code[:2]) + body.name
    if body.kind != "prefecture"
    else body.name
    for body in BODIES
}
SHICHIGAHAMA = "044041"
RULES = [
    *(DomainRule(agency.slug, agency.slug, "agency") for agency in read_agencies()),
    DomainRule("shichigahama.com", SHICHIGAHAMA, "bound"),
    DomainRule("city.hiroshima.jp", "341002", "bound"),
    DomainRule("union.tonan.lg.jp", "131016", "bound"),
    DomainRule("kosodate.city.fuchu.tokyo.jp", "342084", "bound"),
    DomainRule("village.example.com", SHICHIGAHAMA, "exception", date(2026, 11, 30)),
    DomainRule("xn--r8jz45g.jp", SHICHIGAHAMA, "bound"),
    # Mistakes somebody might record: they must prove nothing.
    DomainRule("lg.jp", "131016", "bound"),
    DomainRule("tokyo.jp", "131016", "bound"),
    DomainRule("gmail.com", "131016", "bound"),
]
DIRECTORY = Directory(BODIES, RULES)
TODAY = date(2026, 11, 24)


def judged(host, on=TODAY):
    """The judgement of an address at the host."""
    return DIRECTORY.candidates(f"taro@{host}", on)


def names(host):
    """The candidates' names with their prefecture."""
    return {FULL_NAMES.get(slug, slug) for slug in judged(host).slugs}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("city.fuchu.tokyo.jp", "東京都府中市"),
        ("mail.city.fuchu.tokyo.jp", "東京都府中市"),
        ("city.fuchu.hiroshima.jp", "広島県府中市"),
        ("town.fuchu.hiroshima.jp", "広島県府中町"),
        ("city.minato.tokyo.jp", "東京都港区"),
        ("city.minato.lg.jp", "東京都港区"),
        ("city.tokyo-nakano.lg.jp", "東京都中野区"),
        ("city.yokohama.lg.jp", "神奈川県横浜市"),
        ("city.kawasaki.jp", "神奈川県川崎市"),
        ("dept.city.sapporo.jp", "北海道札幌市"),
        ("city.sendai.jp", "宮城県仙台市"),
        ("city.nagoya.jp", "愛知県名古屋市"),
        ("city.saitama.jp", "埼玉県さいたま市"),
        ("city.chiba.jp", "千葉県千葉市"),
        ("city.okayama.jp", "岡山県岡山市"),
        ("city.kumamoto.jp", "熊本県熊本市"),
        ("city.sammu.lg.jp", "千葉県山武市"),
        ("town.tohnosho.chiba.jp", "千葉県東庄町"),
        ("vill.kouzushima.tokyo.jp", "東京都神津島村"),
        ("town.ohi.fukui.jp", "福井県おおい町"),
        ("city.minami-alps.yamanashi.jp", "山梨県南アルプス市"),
        ("town.mikata-kami.lg.jp", "兵庫県香美町"),
        ("town.aichi-mihama.lg.jp", "愛知県美浜町"),
        ("town.mihama.aichi.jp", "愛知県美浜町"),
        ("town.morimachi.shizuoka.jp", "静岡県森町"),
        ("town.hokkaido-mori.lg.jp", "北海道森町"),
        ("village.hinohara.tokyo.jp", "東京都檜原村"),
        ("city.takizawa.iwate.jp", "岩手県滝沢市"),
        ("vill.miyake.tokyo.jp", "東京都三宅村"),
        ("vill.mikurasima.tokyo.jp", "東京都御蔵島村"),
        ("town.manazuru.kanagawa.jp", "神奈川県真鶴町"),
        ("town.hikawa.kumamoto.jp", "熊本県氷川町"),
        ("town.yakushima.kagoshima.jp", "鹿児島県屋久島町"),
        ("pref.hyogo.lg.jp", "兵庫県"),
        ("pref.hyogo.jp", "兵庫県"),
        ("metro.tokyo.lg.jp", "東京都"),
        ("section.metro.tokyo.jp", "東京都"),
        ("pref.hokkaido.lg.jp", "北海道"),
    ],
)
def test_a_structured_host_fits_its_one_body(host, name):
    judgement = judged(host)
    assert names(host) == {name}
    assert judgement.verdict == Verdict.FITS
    assert judgement.reason == (Reason.LG_JP if host.endswith("lg.jp") else Reason.GEOGRAPHIC)
    assert judgement.candidates == ((judgement.slugs[0], judgement.reason),)
    assert judgement.host == host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("city.konan.lg.jp", {"愛知県江南市", "滋賀県湖南市", "高知県香南市"}),
        ("city.fuchu.lg.jp", {"東京都府中市", "広島県府中市"}),
        ("city.sakura.lg.jp", {"千葉県佐倉市", "栃木県さくら市"}),
        ("city.chuo.lg.jp", {"東京都中央区", "山梨県中央市"}),
        ("city.tsushima.lg.jp", {"愛知県津島市", "長崎県対馬市"}),
        ("city.sakai.lg.jp", {"大阪府堺市", "福井県坂井市"}),
        ("city.minoh.lg.jp", {"大阪府箕面市", "岐阜県美濃市"}),
        ("town.tsuno.lg.jp", {"高知県津野町", "宮崎県都農町"}),
        ("city.date.lg.jp", {"北海道伊達市", "福島県伊達市"}),
        ("town.mihama.lg.jp", {"愛知県美浜町", "福井県美浜町", "和歌山県美浜町", "三重県御浜町"}),
        ("town.ikeda.lg.jp", {"北海道池田町", "福井県池田町", "長野県池田町", "岐阜県池田町"}),
    ],
)
def test_an_ambiguous_host_proposes_every_namesake(host, expected):
    judgement = judged(host)
    assert names(host) == expected
    assert (judgement.verdict, judgement.explanation) == (Verdict.SEVERAL, SEVERAL_FIT)
    for slug in judgement.slugs:
        assert DIRECTORY.matches(f"taro@{host}", slug, TODAY)


def test_ties_are_not_broken_by_spelling():
    assert "湖南市" in FULL_NAMES["252115"]
    for spelling in ("konan", "kounan", "kohnan", "ko-nan"):
        assert names(f"city.{spelling}.lg.jp") == names("city.konan.lg.jp")


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("xxlg.jp", Reason.OTHER_DOMAIN),
        ("city.fuchu.xxlg.jp", Reason.OTHER_DOMAIN),
        ("lg.jp", Reason.OTHER_LG_JP),
        ("city.lg.jp", Reason.OTHER_LG_JP),
        ("fuchu.lg.jp", Reason.OTHER_LG_JP),
        ("fuchu.city.lg.jp", Reason.OTHER_LG_JP),
        ("city.fuchu2.lg.jp", Reason.OTHER_LG_JP),
        ("city.atlantis.lg.jp", Reason.OTHER_LG_JP),
        ("town.minato.lg.jp", Reason.OTHER_LG_JP),
        ("pref.tokyo.lg.jp", Reason.OTHER_LG_JP),
        ("city.minato.tokyo.lg.jp", Reason.OTHER_LG_JP),
        ("evil-city.fuchu.lg.jp", Reason.OTHER_LG_JP),
        ("union.fuchu.lg.jp", Reason.UNION_HOST),
        ("city.fuchu.union.tama.lg.jp", Reason.UNION_HOST),
        ("evil-city.fuchu.lg.jp.example.com", Reason.OTHER_DOMAIN),
        ("city.fuchu.lg.jp.example.com", Reason.OTHER_DOMAIN),
        ("city.fuchu.tokyo.jp.example.jp", Reason.OTHER_DOMAIN),
        ("city.huchuu.tokyo.jp", Reason.OTHER_DOMAIN),
        ("city.fuchuu.tokyo.jp", Reason.OTHER_DOMAIN),
        ("city.fu-chu.tokyo.jp", Reason.OTHER_DOMAIN),
        ("city.fuchu.toukyou.jp", Reason.OTHER_DOMAIN),
        ("fuchu.tokyo.jp", Reason.OTHER_DOMAIN),
        ("city.tokyo.jp", Reason.OTHER_DOMAIN),
        ("evil.fuchu.tokyo.jp", Reason.OTHER_DOMAIN),
        ("city.evil.fuchu.tokyo.jp", Reason.OTHER_DOMAIN),
        ("town.fuchu.tokyo.jp", Reason.OTHER_DOMAIN),
        ("city.takizawaa.iwate.jp", Reason.OTHER_DOMAIN),
        ("vill.mikurajima.tokyo.jp", Reason.OTHER_DOMAIN),
        ("pref.tokyo.jp", Reason.OTHER_DOMAIN),
        ("metro.osaka.jp", Reason.OTHER_DOMAIN),
        ("pref.gumma.jp", Reason.OTHER_DOMAIN),
        ("pref.fuchu.tokyo.jp", Reason.OTHER_DOMAIN),
        ("pref.hyogo.example.jp", Reason.OTHER_DOMAIN),
        ("town.kawasaki.jp", Reason.OTHER_DOMAIN),
        ("city.evil.kawasaki.jp", Reason.OTHER_DOMAIN),
        ("city.fuchu.jp", Reason.OTHER_DOMAIN),
        ("city.osaka.jp", Reason.OTHER_DOMAIN),
        ("city.aomori.jp", Reason.OTHER_DOMAIN),
        ("town.chiba.jp", Reason.OTHER_DOMAIN),
        ("city.fuchu.com", Reason.OTHER_DOMAIN),
        ("town-fuchu.jp", Reason.OTHER_DOMAIN),
        ("town.kami.hyogo.jp", Reason.OTHER_DOMAIN),
        ("jst.go.jp", Reason.OTHER_GO_JP),
        ("go.jp", Reason.OTHER_GO_JP),
        ("xmlit.go.jp", Reason.OTHER_GO_JP),
        ("mlit.go.jp.example.com", Reason.OTHER_DOMAIN),
        ("mlit.xgo.jp", Reason.OTHER_DOMAIN),
    ],
)
def test_everything_else_goes_to_a_person(host, reason):
    judgement = judged(host)
    assert (judgement.verdict, judgement.reason, judgement.candidates) == (Verdict.UNKNOWN, reason, ())
    assert judgement.explanation == EXPLANATIONS[reason]


def test_hyogo_is_not_a_ministry():
    hosts = [
        f"{kind}.{name}.hyogo.jp"
        for kind in ("city", "town")
        for name in ("taka", "sanda", "inagawa", "kobe")
    ]
    judgements = [judged(host) for host in (*hosts, "pref.hyogo.jp", "hyogo.jp")]
    assert {judgement.reason for judgement in judgements} == {Reason.GEOGRAPHIC, Reason.OTHER_DOMAIN}
    assert names("town.taka.hyogo.jp") == {"兵庫県多可町"}


@pytest.mark.parametrize(
    "host",
    [
        "\u0441ity.fuchu.tokyo.jp",  # Cyrillic с
        "city.fuchu.\u217cg.jp",  # the Roman numeral ⅼ
        "city.f\u03c5chu.lg.jp",  # Greek υ
        "city.fuchu.lg.jp.\u0440\u0444",
        "xn--ity-3ed.fuchu.tokyo.jp",
        "city.xn--fchu-lx6a.lg.jp",
        "市.city.fuchu.tokyo.jp",
        "府中市.東京.jp",
        "city.\u017fendai.lg.jp",  # ſ
    ],
)
def test_look_alikes_and_mixed_scripts_never_fit(host):
    judgement = judged(host)
    assert judgement.verdict in (Verdict.UNKNOWN, Verdict.MALFORMED)
    assert judgement.candidates == ()


@pytest.mark.parametrize(
    ("host", "slug", "reason"),
    [
        ("shichigahama.com", SHICHIGAHAMA, Reason.BOUND_DOMAIN),
        ("mail.shichigahama.com", SHICHIGAHAMA, Reason.BOUND_DOMAIN),
        ("city.hiroshima.jp", "341002", Reason.BOUND_DOMAIN),
        ("union.tonan.lg.jp", "131016", Reason.BOUND_DOMAIN),
        ("kosodate.city.fuchu.tokyo.jp", "342084", Reason.BOUND_DOMAIN),
        ("例え.jp", SHICHIGAHAMA, Reason.BOUND_DOMAIN),
        ("digital.go.jp", "digital.go.jp", Reason.AGENCY_DOMAIN),
        ("ktr.mlit.go.jp", "mlit.go.jp", Reason.AGENCY_DOMAIN),
    ],
)
def test_a_bound_domain_is_its_organisation_whatever_its_name(host, slug, reason):
    judgement = judged(host)
    assert (judgement.verdict, judgement.candidates) == (Verdict.BOUND, ((slug, reason),))


@pytest.mark.parametrize("host", ["xshichigahama.com", "shichigahama.com.example.jp", "com"])
def test_a_rule_ends_at_the_label(host):
    assert judged(host).candidates == ()


def test_an_exception_holds_until_its_last_day():
    last, after = date(2026, 11, 30), date(2026, 12, 1)
    assert judged("village.example.com", last).verdict == Verdict.FITS
    assert judged("village.example.com", last).candidates == ((SHICHIGAHAMA, Reason.EXCEPTION),)
    assert judged("village.example.com", after).verdict == Verdict.UNKNOWN
    assert not DIRECTORY.matches("taro@village.example.com", SHICHIGAHAMA, after)


@pytest.mark.parametrize("host", ["x.lg.jp", "evil.tokyo.jp", "city.fuchu.lg.jp"])
def test_a_rule_that_covers_strangers_proves_nothing(host):
    assert "131016" not in judged(host).slugs


@pytest.mark.parametrize("host", ["gmail.com", "yahoo.co.jp", "mail.gmail.com", "docomo.ne.jp"])
def test_free_mail_is_refused_with_a_reason(host):
    judgement = judged(host)
    assert (judgement.verdict, judgement.candidates) == (Verdict.FREE_MAIL, ())
    assert judgement.explanation == EXPLANATIONS[Reason.FREE_MAIL]


@pytest.mark.parametrize(
    "address", ["", "taro", "taro@", "taro@jp", "a@b@city.fuchu.tokyo.jp", "太郎@city.fuchu.tokyo.jp"]
)
def test_a_malformed_address_is_a_verdict_not_an_error(address):
    judgement = DIRECTORY.candidates(address)
    assert (judgement.host, judgement.verdict, judgement.candidates) == ("", Verdict.MALFORMED, ())


def test_case_width_and_tags_change_nothing():
    for address in ("Taro+x@CITY.Fuchu.Tokyo.JP", "ｔａｒｏ＠ｃｉｔｙ．ｆｕｃｈｕ．ｔｏｋｙｏ．ｊｐ"):
        assert DIRECTORY.candidates(address) == judged("city.fuchu.tokyo.jp")


def test_the_choice_is_checked_against_the_candidates():
    assert DIRECTORY.matches("taro@city.fuchu.tokyo.jp", "132063")
    assert not DIRECTORY.matches("taro@city.fuchu.tokyo.jp", "342084")
    assert not DIRECTORY.matches("taro@gmail.com", "131016")
    assert not DIRECTORY.matches("", "")


def test_unions_and_enterprises_are_never_guessed():
    bodies = [
        OrganisationRow("138002", kind, "多摩組合", "ふちゅうし", prefecture_code="13")
        for kind in ("union", "public_enterprise", "agency")
    ]
    for host in ("city.fuchu.lg.jp", "union.fuchu.lg.jp", "fuchu.lg.jp", "city.fuchu.tokyo.jp"):
        assert Directory(bodies).candidates(f"taro@{host}", TODAY).verdict == Verdict.UNKNOWN


def test_a_merged_body_is_judged_by_the_directory_it_is_left_out_of():
    survivors = [body for body in BODIES if FULL_NAMES[body.slug] != "広島県府中市"]
    assert Directory(survivors).candidates("taro@city.fuchu.lg.jp", TODAY).slugs == ("132063",)


def test_every_reason_has_one_plain_sentence():
    assert set(EXPLANATIONS) == set(Reason)
    for sentence in (*EXPLANATIONS.values(), SEVERAL_FIT):
        assert sentence.endswith("。") and "\n" not in sentence


TOKENS = [
    *["city", "town", "vill", "village", "pref", "metro", "union", "lg", "go", "jp", "com"],
    "tokyo",
    "hyogo",
    "fuchu",
    "kobe",
    "xn--",
]
LABELS = st.sampled_from([*TOKENS, "", "-", "例え", "ſ", "\u0441ity", "a" * 64]) | st.text(max_size=8)


@settings(deadline=None)
@given(st.lists(LABELS, max_size=7).map(".".join), st.text(max_size=5))
def test_no_host_raises_and_every_candidate_is_known(host, local):
    for address in (f"taro@{host}", f"{local}@{host}", host):
        judgement = DIRECTORY.candidates(address, TODAY)
        known = {rule.slug for rule in RULES} | set(FULL_NAMES)
        assert set(judgement.slugs) <= known
        assert bool(judgement.candidates) == (
            judgement.verdict in (Verdict.BOUND, Verdict.FITS, Verdict.SEVERAL)
        )
        assert not DIRECTORY.matches(address, "no-such-slug", TODAY)


@settings(deadline=None)
@given(
    st.lists(LABELS, max_size=6).map(".".join), st.sampled_from(["stranger.com", "evil.jp", "lg.jp.evil.net"])
)
def test_nothing_in_front_of_a_strangers_domain_helps(front, domain):
    assert judged(f"{front}.{domain}").candidates == ()
