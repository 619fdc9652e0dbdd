"""Every kind of post, drawn without a request, is the same bytes in page, answer and frame for everybody."""

import json
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.test import RequestFactory

from accounts.models import Ambassador, Member, Organisation
from channels_app import fragments
from channels_app.actions import attachments
from channels_app.actions.doubts import doubt
from channels_app.actions.pins import pin_post
from channels_app.actions.posts import edit_post, remove_post
from channels_app.actions.questions import accept_answer, close_question
from channels_app.live import catchup
from channels_app.models import Channel, LiveStream, Post
from channels_app.parts import PARTS, parts_of
from tests import factories
from tests.channels_app.views.habits import JSON, PART, signed_in, words
from tests.people import person

pytestmark = pytest.mark.django_db
CALL = "@三浦 健太（岩手県 盛岡市） さん、@高知県 のみなさん、**表**を見てください。"


@dataclass
class Cast:
    """The author, a colleague, the secretariat, and a channel of all three."""

    tanaka: Member
    miura: Member
    oonishi: Member
    channel: Channel

    def post(self, text="窓口の待ち時間を測ってみました。", by=None, **more) -> Post:
        return factories.post(by or self.tanaka, self.channel, text, **more)

    def reply(self, root: Post, **more) -> Post:
        return self.post("うちもです", by=self.miura, root=root, **more)


@pytest.fixture
def cast():
    tanaka, miura, oonishi = person("tanaka"), person("miura"), person("oonishi")
    Organisation.objects.filter(slug="394017").update(population=6_000)
    return Cast(tanaka, miura, oonishi, factories.channel("madoguchi-dx", tanaka, miura, oonishi))


def accepted(cast) -> Post:
    root = cast.post(title="予約システム")
    answer = cast.reply(root)
    accept_answer(cast.tanaka, answer)
    return answer


def with_file(cast) -> Post:
    kept = attachments.upload(cast.tanaka, b"%PDF-1.7\n%%EOF\n", "会議資料.pdf")
    return cast.post("資料です", files=[kept.key])


def stamped(cast) -> Post:
    post = cast.post()
    for member in (cast.tanaka, cast.miura, cast.oonishi):
        factories.react(member, post)
    return factories.react(cast.miura, post, "arigato")


def badged(cast) -> Post:
    Ambassador.objects.create(member=cast.tanaka, valid_from="2020-04-01", appointed_by=cast.oonishi)
    return cast.post()


def changed(deed):
    """A post on which something is done after it was published."""

    def make(cast) -> Post:
        post = cast.post()
        deed(cast, post)
        return post

    return make


CASES = {
    "message": Cast.post,
    "badged": badged,
    "addressing": lambda cast: cast.post(CALL),
    "with a file": with_file,
    "edited": changed(lambda cast, post: edit_post(cast.tanaka, post, text=CALL)),
    "question": lambda cast: cast.post(title="予約システム <b>"),
    "solved": lambda cast: accepted(cast).root,
    "closed": lambda cast: close_question(cast.tanaka, cast.post(title="予約システム")),
    "answered": changed(lambda cast, post: cast.reply(post)),
    "reply": lambda cast: cast.reply(cast.post()),
    "accepted": accepted,
    "reply in the channel": lambda cast: cast.reply(cast.post(title="予約"), in_channel=True),
    "stamped": stamped,
    "doubted": changed(lambda cast, post: doubt(cast.miura, post, text="うちでは違いました", cid=uuid4())),
    "pinned": changed(lambda cast, post: pin_post(cast.oonishi, post)),
    "removed": changed(lambda cast, post: remove_post(cast.tanaka, post)),
    "removed with replies": changed(lambda cast, post: (cast.reply(post), remove_post(cast.tanaka, post))),
}


@pytest.fixture(params=CASES)
def post(request, cast) -> Post:
    """One post of each kind, drawn anew."""
    made = CASES[request.param](cast)
    fragments.cache.clear()
    return Post.objects.get(pk=(made if isinstance(made, Post) else made.post).pk)


def in_frames(post: Post) -> str:
    """What catch-up says of the post."""
    stream = LiveStream.objects.get(kind="c", ref_id=post.channel_id)
    told = catchup.read([(stream.pk, stream.label, 0, stream.head)])[0]
    entries = [entry for text, _ in told for entry in json.loads(text)["e"] if entry["id"] == post.pk]
    return [entry["html"] for entry in entries if "html" in entry][-1]


def test_the_same_bytes_in_every_place_for_every_viewer(cast, post):
    made = fragments.post(post.pk).html
    for member in (cast.tanaka, cast.miura, cast.oonishi, person("ito")):
        client = signed_in(member)
        page = client.get("/channels/madoguchi-dx/").content.decode()
        column = client.get(f"/posts/{post.thread_id}/thread/", **PART).content.decode()
        assert (made in page) == post.in_channel
        assert (fragments.as_copy(made, "thread") in column) != (made in column)
        assert made in client.get(f"/posts/{post.pk}/menu/").content.decode()
    assert in_frames(post) == made


def test_the_answer_to_a_deed_is_the_fragment(cast, post):
    author = post.author
    if post.removed_at:
        answer = signed_in(author).post(f"/posts/{post.pk}/removal/", **JSON)
    else:
        answer = signed_in(author).post(f"/posts/{post.pk}/edit/", {"text": f"{post.text}。"}, **JSON)
    assert answer.status_code == 200
    fragments.cache.clear()
    assert answer.json()["html"] == fragments.post(post.pk).html == in_frames(post)


@pytest.mark.parametrize(
    "more", [{}, {"question": "on", "title": "予約システム"}], ids=["message", "question"]
)
def test_the_answer_to_a_new_post_is_the_fragment(cast, more):
    kept = attachments.upload(cast.tanaka, b"%PDF-1.7\n%%EOF\n", "会議資料.pdf")
    sent = words(CALL, **more) | {"file": str(kept.key)}
    told = signed_in(cast.tanaka).post("/channels/madoguchi-dx/posts/", sent, **JSON)
    root = told.json()
    reply = words("皆さんにも", in_channel="on")
    answer = signed_in(cast.miura).post(f"/posts/{root['id']}/replies/", reply, **JSON)
    fragments.cache.clear()
    assert told.status_code == answer.status_code == 201
    assert answer.json()["html"] == fragments.post(answer.json()["id"]).html
    fresh = fragments.post(root["id"])
    assert (root["v"], fresh.v) == (1, 2)
    assert ("会議資料.pdf" in root["html"], 'data-mentions="m' in root["html"]) == (True, True)


def test_nothing_of_a_request_a_viewer_or_a_secret(cast, post):
    made = fragments.post(post.pk).html
    words = ("csrf", "nonce", "token", 'aria-pressed="true"', "style=", "<script", "<form", " on", "@example")
    assert [word for word in words if word in made.replace('class="ky-', "")] == []
    assert made.count("<article") == made.count("</article>") == 1
    assert RequestFactory().get("/").build_absolute_uri("/") not in made


def test_no_part_is_missing_from_the_cases(cast):
    shown = set()
    for make in CASES.values():
        made = make(cast)
        row = Post.objects.get(pk=(made if isinstance(made, Post) else made.post).pk)
        shown |= {name for name, value in parts_of([row])[row.pk].items() if value}
        Post.objects.filter(root=None).update(removed_at=None)
        Ambassador.objects.all().delete()
    assert shown == set(PARTS)


def test_the_stamped_post_shows_a_band(cast):
    assert "5万人未満 1" in fragments.post(stamped(cast).pk).html
