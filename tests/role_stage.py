"""The stage of the role matrix: one community, a browser per role, and an address for every URL pattern."""

from datetime import date, timedelta
from uuid import uuid4

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from accounts.models import (
    Ambassador,
    EmailDomain,
    Invitation,
    Member,
    OrganisationChange,
    OrganisationUpload,
)
from accounts.views.visits import SESSION_KEY
from channels_app.actions.attachments import upload
from channels_app.actions.drafts import keep_draft
from channels_app.actions.scheduled_posts import schedule_post
from channels_app.models import Entreaty, Membership, Notification, OwnStamp, Proposal, Section
from tests import documents, factories
from tests.applicants import handed_in, proven
from tests.jobs import given_up_job
from tests.people import organisation, person

COLUMNS = ("visitor", "applicant", "member", "channel member", "agency", "ambassador", "approver")
COLUMNS += ("secretariat", "suspended")
TODAY = date.today()
NAME = "0" * 32
# By the last word of an address: what is done there.
DEEDS = {"membership": "join", "role": "appoint", "pin": "pin", "support": "support"}


def routes() -> list[str]:
    """Every address pattern of the site, in order, without repetition."""
    return list(dict.fromkeys(_walk(get_resolver(), "")))


def _walk(resolver, before):
    for part in resolver.url_patterns:
        route = before + str(part.pattern)
        if isinstance(part, URLResolver):
            yield from _walk(part, route)
        else:
            yield route


def typed(address: str) -> dict[str, str]:
    """What a POST of the matrix carries: enough for a post, a reason, joining and pressing."""
    deed = next(({"deed": deed} for page, deed in DEEDS.items() if f"/{page}/" in address), {})
    return {"cid": str(uuid4()), "text": "こんにちは。", "reason": "理由です。", "to": "author"} | deed


class Stage:
    """Browsers by role, and what the addresses are about: things of other people than the visitor."""

    def __init__(self) -> None:
        self.organisation = organisation("394017")
        self.browsers = {role: Client() for role in COLUMNS}
        self._log_in_members()
        self._fill_channels()
        self._fill_around()
        self._write_at_home()
        self._fill_desk()

    def _log_in_members(self) -> None:
        cast = ("tanaka", "miura", "ito", "yamamoto", "hasegawa", "oonishi")
        self.members = {role: person(key) for role, key in zip(COLUMNS[2:8], cast, strict=True)}
        self.members["suspended"] = person("tanaka", email="tomerareta@example.lg.jp")
        self.target = person("miura", email="mokuhyou@example.lg.jp")
        for role, member in self.members.items():
            self.browsers[role].force_login(member)
        facts = {"ip": "203.0.113.9", "session_key": "k" * 32, "user_agent": ""}
        self.session = UserSession.objects.create(user=self.target, **facts)
        Ambassador.objects.create(member=self.members["ambassador"], prefecture_code="39", valid_from=TODAY)
        facts = {"suspended_at": timezone.now()}
        Member.objects.filter(pk=self.members["suspended"].pk).update(**facts)

    def _fill_channels(self) -> None:
        inside = self.members["channel member"]
        self.closed = factories.channel("tojita-heya", self.target, inside, kind="private")
        self.open = factories.channel("madoguchi-dx", self.target, inside)
        everybody = [self.target, *self.members.values()]
        self.news = factories.channel("oshirase", *everybody, kind="announcement")
        self.channels = {"@closed": self.closed, "@open": self.open, "@announcement": self.news}
        self.file = upload(self.target, documents.picture(), "図.png")
        self.posts = {"@closed": factories.post(self.target, self.closed, files=[self.file.key])}
        self.posts["@open"] = factories.post(self.target, self.open)
        about = {"post": self.posts["@open"], "actor": inside}
        self.notification = Notification.objects.create(member=self.target, kind="stamp", **about)

    def _fill_around(self) -> None:
        """Things of other people around the channels."""
        self.section = Section.objects.create(member=self.target, name="見出し")
        self.entreaty = Entreaty.objects.create(channel=self.closed, member=self.target, reason="お願い")
        facts = {"name": "提案", "purpose": "目的", "reason": "理由"}
        self.proposal = Proposal.objects.create(proposer=self.target, **facts)
        theirs = Membership.objects.filter(member=self.target)
        self.stays = {name: theirs.get(channel=channel) for name, channel in self.channels.items()}

    def _write_at_home(self) -> None:
        """What somebody else has not said yet."""
        self.draft = keep_draft(self.target, self.open, text="書きかけ")
        moment = timezone.now() + timedelta(days=1)
        facts = {"text": "明日の分", "cid": uuid4(), "publish_at": moment}
        self.scheduled = schedule_post(self.target, self.open, **facts)

    def _fill_desk(self) -> None:
        facts = {"name": "市の花", "kana": "しのはな", "picture": b"", "made_by": self.target}
        self.stamp = OwnStamp.objects.create(code="own-1", digest="0" * 64, **facts)
        self.registration = handed_in()
        applicant = self.browsers["applicant"]
        session = applicant.session
        session[SESSION_KEY] = {"id": proven("moushikomi@town.nakatosa.lg.jp").pk, "proven": True}
        session.save()
        applicant.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        secretary = self.members["secretariat"]
        self.job = given_up_job()
        self.term = Ambassador.objects.create(member=self.target, prefecture_code="03", valid_from=TODAY)
        self.invitation = Invitation.objects.create(email="a@town.nakatosa.lg.jp", invited_by=self.target)
        self.domain = EmailDomain.objects.create(
            organisation=self.organisation,
            domain="nakatosa.example.jp",
            kind=EmailDomain.Kind.EXCEPTION,
            expires_on=TODAY + timedelta(days=90),
        )
        self.change = OrganisationChange.objects.create(
            organisation=self.organisation, kind="renamed", effective_on=TODAY + timedelta(days=30)
        )
        self.upload = OrganisationUpload.objects.create(
            kind="master", content="", fingerprint="0" * 64, changes=0, uploaded_by=secretary
        )

    def address(self, route: str, variant: str) -> str:
        """The address of a pattern; `variant` says in which channel."""
        if "pictures/" in route:
            return f"/members/pictures/{NAME}-64.webp"
        for part, value in self._values(variant).items():
            route = route.replace(part, str(value))
        assert "<" not in route, f"the matrix has no value for {route}"
        return f"/{route}"

    def _values(self, variant: str) -> dict[str, object]:
        return {
            "<slug:slug>": self.channels.get(variant, self.closed).slug,
            "<int:post_id>": self.posts.get(variant, self.posts["@closed"]).pk,
            "<slug:stamp>": "arigato",
            "<slug:digest>": self.stamp.digest,
            "<uuid:key>": self.file.key,
            "<str:name>": self.file.name,
            "<int:stamp_id>": self.stamp.pk,
            "<str:slug>": self.organisation.slug,
            "<int:member_id>": self.target.pk,
            "<int:registration_id>": self.registration.pk,
            "<str:ticket>": self.registration.ticket,
            "<int:term_id>": self.term.pk,
            "<int:invitation_id>": self.invitation.pk,
            "<int:domain_id>": self.domain.pk,
            "<int:change_id>": self.change.pk,
            "<int:upload_id>": self.upload.pk,
            "<int:row_id>": self.session.pk,
            "<int:notification_id>": self.notification.pk,
            "<int:section_id>": self.section.pk,
            "<int:entreaty_id>": self.entreaty.pk,
            "<int:proposal_id>": self.proposal.pk,
            "<int:membership_id>": self.stays[variant or "@closed"].pk,
            "<int:draft_id>": self.draft.pk,
            "<int:scheduled_id>": self.scheduled.pk,
            "<int:number>": self.job,
            "<int:pk>": 1,
        }

    def answer(self, role: str, method: str, address: str):
        """One request whose effects are undone."""
        browser = self.browsers[role]
        cookies = browser.cookies.output()
        with transaction.atomic():
            answer = getattr(browser, method)(address, typed(address) if method == "post" else {})
            transaction.set_rollback(True)
        browser.cookies.load(cookies.replace("Set-Cookie: ", ""))
        return answer
