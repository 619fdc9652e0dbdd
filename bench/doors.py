"""The doors that take an address, by the clock: can a member's address be told from a stranger's?

Members and strangers take turns, request by request, so that a noisy moment hits both. AUC is the probability
that a stranger's answer took longer than a member's (Mann-Whitney): 0.5 tells nothing, 0 and 1 tell all.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from secrets import token_hex
from statistics import median

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import Member, Registration
from bench.arms import ArmFailed, Outcome, Sample
from bench.site import Server
from bench.stage import Figure, Goal, Row, Stage
from bench.visitors import Visitor

MEMBER, STRANGER = "a member's address", "a stranger's"
DOORS = {
    "failed log-in": ("/accounts/login/", lambda it: {"login": it, "password": "chigau-kotoba-9"}),
    "forgotten password": ("/accounts/password/reset/", lambda it: {"email": it}),
    "application": ("/accounts/signup/", lambda it: {"email": it}),
}
LEAKY = "log-in that hashes for members only"
CONTROL = ("/bench/login/", lambda it: {"login": it, "password": "chigau-kotoba-9"})
NEAR_HALF = 0.05  # 2.4 standard errors at 400 requests each: by chance a door misses once in seventy runs
TOLD_APART = 0.9
WANTED = {"200", "302"}  # not 429, and the same for all
LEFT_BEHIND = ("send_registration_code", "send_reset_code")


def figure(stage: Stage) -> Figure:
    """Every door, and a leaky one that shows what the measure would find."""
    asks, found = stage.size.asks, Figure("Doors that take an address, 1 client")
    pairs = addresses(asks + 1)  # the first pair warms each door up; no address knocks twice at one
    complete([member for member, _ in pairs])
    found.notes = [
        f"{asks} requests of each kind in turn. AUC: how often a stranger waits longer; 0.5 tells nothing."
    ]
    try:
        with stage.site.web() as server:
            for door, place in (DOORS | {LEAKY: CONTROL}).items():
                outcomes = in_turn(stage, server, pairs, *place)
                told = auc(*(times_of(outcomes[arm]) for arm in (MEMBER, STRANGER)))
                found.rows += rows(door, outcomes, told)
                found.goals.append(goal(door, told))
    finally:
        clean_up([address for pair in pairs for address in pair])
    return found


def addresses(count: int) -> list[tuple[str, str]]:
    """Pairs of a member's and a stranger's address, at the same host and of the same length."""
    taken = set(Member.objects.values_list("email", flat=True))
    members = sorted(taken)[:: max(1, len(taken) // count)][:count]
    pairs = [(email, stranger) for email in members if (stranger := f"q{email[1:]}") not in taken]
    return [pairs[number % len(pairs)] for number in range(count)]


def complete(emails: list[str]) -> None:
    """Give members of the seeded crowd what the admitted have, a password and a proven address; it stays."""
    members = Member.objects.filter(email__in=emails)
    members.filter(password="!").update(password=make_password(token_hex()))  # noqa: S106 (none is set)
    known = EmailAddress.objects.filter(user__in=members).values("user")
    EmailAddress.objects.bulk_create(
        EmailAddress(user=member, email=member.email, verified=True, primary=True)
        for member in members.exclude(pk__in=known)
    )


def in_turn(
    stage: Stage, server: Server, pairs: list[tuple[str, str]], place: str, fields: Callable[[str], dict]
) -> dict[str, Outcome]:
    """One request of each kind after the other, the first of them in turn. Raises ArmFailed."""
    visitor, answers = Visitor(None, ""), {MEMBER: [], STRANGER: []}
    for number, pair in enumerate(pairs):
        turns = list(zip((MEMBER, STRANGER), pair, strict=True))
        for arm, address in turns if number % 2 else turns[::-1]:
            wish = visitor.form(server, place, **fields(address))
            told = stage.driver.ask("requests", port=server.port, wishes=[wish], seconds=60, most=1)
            answers[arm].append((told["times"][0], *told["statuses"]))
    outcomes = {arm: Outcome(arm, [sample(told[1:])]) for arm, told in answers.items()}
    if len(seen := outcomes[MEMBER].statuses | outcomes[STRANGER].statuses) != 1 or not seen & WANTED:
        raise ArmFailed(f"{place} answered {', '.join(sorted(seen))}")
    return outcomes


def sample(told: list[tuple[float, str]]) -> Sample:
    """The answers of one kind; the processor's share is not measured, because both kinds share it."""
    times, statuses = [time for time, _ in told], [status for _, status in told]
    return Sample(times, sum(times) / 1000, 0, {status: statuses.count(status) for status in statuses})


def times_of(outcome: Outcome) -> list[float]:
    """All times of an arm in ms."""
    return [time for sample in outcome.samples for time in sample.times]


def auc(members: list[float], strangers: list[float]) -> float:
    """The probability that a stranger's time is the longer one; equal times count half."""
    ordered = sorted(members)
    below = sum(bisect_left(ordered, time) + bisect_right(ordered, time) for time in strangers) / 2
    return below / (len(members) * len(strangers))


def rows(door: str, outcomes: dict[str, Outcome], told: float) -> list[Row]:
    """Both arms of a door, with what tells them apart."""
    ratio = median(times_of(outcomes[STRANGER])) / median(times_of(outcomes[MEMBER]))
    notes = {MEMBER: "", STRANGER: f"AUC {told:.3f}, medians ×{ratio:.3f}"}
    return [Row(f"{door}: {arm}", outcomes[arm], note=note) for arm, note in notes.items()]


def goal(door: str, told: float) -> Goal:
    """A door tells nothing; the leaky one is found out."""
    if door == LEAKY:
        return Goal(f"{door}: distance of AUC from 0.5", TOLD_APART - 0.5, abs(told - 0.5), "")
    return Goal(f"{door}: distance of AUC from 0.5", NEAR_HALF, abs(told - 0.5), "", at_most=True)


def clean_up(used: list[str]) -> None:
    """Take the applications and letters of this figure off the site."""
    Registration.objects.filter(email__in=used, submitted_at=None).delete()
    with connection.cursor() as cursor:
        waiting = "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND task_name = ANY(%s)"
        cursor.execute(waiting, [list(LEFT_BEHIND)])
