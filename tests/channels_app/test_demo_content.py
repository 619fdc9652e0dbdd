"""The demo community's files: every reference leads somewhere, and the house rules of the forum are kept."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.actions.audit import verify
from accounts.actions.organisations import Loaded, load_master
from accounts.models import Organisation, OrganisationChange
from channels_app.demo.organisations import add_organisations

PROJECT = Path(__file__).parents[2]
DEMO = PROJECT / "channels_app" / "demo"
KINDS = {"topic", "regional", "announcement", "casual", "practice", "private"}
ROLES = {"member", "approver", "secretariat"}
OF_MUNICIPALITIES = {"onaji", "yatteru", "ttp"}
BOILERPLATE = ("お世話になります", "お世話になっております", "御中", "ご査収")
NEGATIONS = ("いえ", "いや", "違います", "それは違", "そうではなく", "でも、", "しかし")
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
LARGEST_FILE_BYTES = 400_000
LONGEST_TEXT = 10_000


def read(name: str) -> list[dict]:
    """The rows of one demo file."""
    return json.loads((DEMO / name).read_text(encoding="utf-8"))


def column(path: str, name: str) -> set[str]:
    """The values of one column of a CSV file of the project."""
    with (PROJECT / path).open(encoding="utf-8", newline="") as rows:
        return {row[name] for row in csv.DictReader(rows)}


PEOPLE = {person["key"]: person for person in read("people.json")}
CHANNELS = {channel["slug"]: channel for channel in read("channels.json")}
THREADS = {path.stem: read(f"threads/{path.name}") for path in sorted((DEMO / "threads").glob("*.json"))}
HISTORY = json.loads((DEMO / "organisations.json").read_text(encoding="utf-8"))
STAMPS = {stamp["id"] for stamp in json.loads((PROJECT / "static/stamps/stamps.json").read_text("utf-8"))}


def posts() -> Iterator[tuple[str, dict, float]]:
    """Every post with its channel's slug and its age in days."""
    for slug, threads in THREADS.items():
        for root in threads:
            yield slug, root, root["days_ago"]
            for reply in root["replies"]:
                yield slug, reply, root["days_ago"] - reply["after_minutes"] / 1440


def organisations() -> Iterator[str]:
    """Every organisation a demo file names."""
    for row in [*PEOPLE.values(), *read("registrations.json")]:
        yield row["organisation"]
        yield from (past["organisation"] for past in row.get("past", []))


def check_digit(code: str) -> str:
    """The sixth digit that belongs to the first five of a 全国地方公共団体コード."""
    total = sum(int(digit) * weight for digit, weight in zip(code[:5], (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def is_agency(organisation: str) -> bool:
    """Whether the key is an agency's domain."""
    return "." in organisation


def test_organisations_exist_and_codes_have_their_check_digit():
    codes = {key for key in organisations() if not is_agency(key)}
    assert [code for code in codes if len(code) != 6 or check_digit(code) != code[5]] == []
    unions = {union["code"] for union in HISTORY["unions"]}
    assert codes - column("accounts/master/organisations.csv", "code") - unions == set()
    agencies = {key for key in organisations() if is_agency(key)}
    assert agencies - column("accounts/master/agencies.csv", "slug") == set()


def test_the_history_of_organisations_fits_the_master():
    known = column("accounts/master/organisations.csv", "code")
    added = [row["code"] for kind in ("unions", "mergers") for row in HISTORY[kind]]
    assert [code for code in added if check_digit(code) != code[5] or code in known] == []
    assert {row["slug"] for row in HISTORY["renamings"]} <= known
    assert {row["successor"] for row in HISTORY["mergers"]} <= known
    assert all(HISTORY.values())


@pytest.mark.django_db
def test_the_demo_shows_a_union_a_renaming_and_a_merger():
    load_master()
    add_organisations()
    union, renamed, merged = (Organisation.objects.get(slug=key) for key in ("398993", "282219", "093670"))
    told = [(change.day, change.sentence) for change in OrganisationChange.objects.order_by("effective_on")]
    assert told == [
        ("平成26年4月5日", "栃木県 栃木市へ合併"),
        ("平成28年4月1日", "設置"),
        ("令和元年5月1日", "「篠山市」を「丹波篠山市」に名称変更"),
    ]
    assert (union.kind, union.email_domains.get().domain) == ("union", "shimantogawa-kouiki.lg.jp")
    last_day = timezone.make_aware(datetime(2019, 4, 30, 23, 59))
    assert renamed.full_name_at(last_day) == "兵庫県 篠山市"
    assert renamed.full_name_at(last_day + timedelta(minutes=1)) == "兵庫県 丹波篠山市"
    assert (merged.successor.slug, merged.valid_to) == ("092037", date(2014, 4, 4))
    assert verify().is_intact
    assert load_master() == Loaded(created=0, updated=0, domains=0)


def test_people_are_different_and_complete():
    assert len(PEOPLE) == len(read("people.json"))
    for field in ("name", "kana", "email"):
        assert Counter(person[field] for person in PEOPLE.values()).most_common(1)[0][1] == 1, field
    assert {person["role"] for person in PEOPLE.values()} == ROLES
    for person in PEOPLE.values():
        assert all(person[field] for field in ("name", "kana", "section", "introduction", "helps_with"))


def test_people_of_agencies_write_from_their_agency():
    for person in PEOPLE.values():
        host = person["email"].partition("@")[2]
        belongs = (
            host == person["organisation"]
            if is_agency(person["organisation"])
            else not host.endswith(".go.jp")
        )
        assert belongs, person["key"]


def test_cast_covers_every_prefecture_and_five_ambassadors():
    prefectures = {p["organisation"][:2] for p in PEOPLE.values() if not is_agency(p["organisation"])}
    assert prefectures == {f"{number:02}" for number in range(1, 48)}
    ambassadors = [p for p in PEOPLE.values() if p["ambassador_region"]]
    assert len(ambassadors) == 5
    assert all(p["organisation"].startswith(p["ambassador_region"]) for p in ambassadors)


@pytest.mark.parametrize(
    ("key", "organisation", "role"),
    [
        ("tanaka-rina", "394017", "member"),
        ("miura-kenta", "033219", "member"),
        ("ito-daisuke", "soumu.go.jp", "member"),
        ("hasegawa-jun", "digital.go.jp", "approver"),
        ("oonishi-mai", "digital.go.jp", "secretariat"),
    ],
)
def test_login_roles_are_played(key, organisation, role):
    assert (PEOPLE[key]["organisation"], PEOPLE[key]["role"]) == (organisation, role)


def test_channels_are_well_formed():
    assert len(CHANNELS) == len(read("channels.json"))
    for slug, channel in CHANNELS.items():
        assert slug.isascii() and slug == slug.lower(), slug
        assert channel["kind"] in KINDS, slug
        assert bool(channel["prefecture_code"]) == (channel["kind"] == "regional"), slug
        if isinstance(channel["members"], list):
            assert set(channel["members"]) - set(PEOPLE) == set(), slug


def test_every_channel_has_threads():
    wanted = {slug for slug, channel in CHANNELS.items() if channel["kind"] != "private"}
    assert wanted - set(THREADS) == set()
    assert set(THREADS) - set(CHANNELS) == set()


def test_authors_and_stampers_are_members_of_the_channel():
    for slug, post, _ in posts():
        named = {post["author"], *(key for keys in post["stamps"].values() for key in keys)}
        members = CHANNELS[slug]["members"]
        assert named - (set(members) if isinstance(members, list) else set(PEOPLE)) == set(), (
            slug,
            post["text"],
        )


def test_nobody_writes_before_joining_or_after_now():
    for slug, post, age in posts():
        assert 0 < age <= 60, (slug, post["text"])
        assert age <= PEOPLE[post["author"]]["joined_days_ago"], (slug, post["text"])


def test_replies_are_chronological():
    for slug, threads in THREADS.items():
        for root in threads:
            minutes = [0, *(reply["after_minutes"] for reply in root["replies"])]
            assert minutes == sorted(set(minutes)), (slug, root["text"])


def test_stamps_exist_and_nobody_stamps_twice_or_their_own_post():
    for slug, post, _ in posts():
        assert set(post["stamps"]) - STAMPS == set(), (slug, post["text"])
        for keys in post["stamps"].values():
            assert len(keys) == len(set(keys)) and post["author"] not in keys, (slug, post["text"])


def test_agencies_do_not_claim_a_municipality_s_experience():
    for slug, post, _ in posts():
        for stamp in OF_MUNICIPALITIES & set(post["stamps"]):
            claimed = [key for key in post["stamps"][stamp] if is_agency(PEOPLE[key]["organisation"])]
            assert claimed == [], (slug, post["text"])


def test_texts_are_original_and_follow_the_posting_rules():
    texts = [post["text"] for _, post, _ in posts()]
    assert len(texts) == len(set(texts))
    for text in texts:
        assert 0 < len(text) <= LONGEST_TEXT
        assert [word for word in BOILERPLATE if word in text] == [], text
        assert not text.startswith(NEGATIONS), text


def test_mentions_lead_to_people():
    names = tuple(person["name"] for person in PEOPLE.values())
    for _, post, _ in posts():
        for after in CODE_BLOCK.sub("", post["text"]).split("@")[1:]:
            assert after.startswith(names), post["text"]


def test_announcements_are_written_by_agencies():
    for slug, threads in THREADS.items():
        if CHANNELS[slug]["kind"] == "announcement":
            assert all(is_agency(PEOPLE[root["author"]]["organisation"]) for root in threads), slug


def test_applicants_are_not_members_yet():
    applicants = read("registrations.json")
    assert len(applicants) == 8
    assert {row["email"] for row in applicants} & {p["email"] for p in PEOPLE.values()} == set()
    assert max(row["submitted_hours_ago"] for row in applicants) > 6 * 24


def test_files_stay_readable_in_size():
    assert [path.name for path in DEMO.rglob("*.json") if path.stat().st_size > LARGEST_FILE_BYTES] == []


def test_who_sees_it_differently_says_why_in_the_thread():
    doubts = [
        (key, root)
        for threads in THREADS.values()
        for root in threads
        for key in root["stamps"].get("chigau", ())
    ]
    silent = [key for key, root in doubts if key not in {reply["author"] for reply in root["replies"]}]
    assert (len(doubts) > 0, silent) == (True, [])
    replies = [reply for threads in THREADS.values() for root in threads for reply in root["replies"]]
    assert [reply for reply in replies if "chigau" in reply["stamps"]] == []
