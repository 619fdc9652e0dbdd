"""違うかも: told with a reason, for all or for the author, and never bare."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app import fragments
from channels_app.actions.doubts import doubt, doubt_privately
from channels_app.actions.posts import remove_post
from channels_app.actions.reactions import ReasonWanted, react
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, LiveEvent, Notification, Post, Reaction
from tests import factories
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db
WHY = "うちでは座って書く方が、書き直しが減りました。"


@pytest.fixture
def cast():
    """(Tanaka the author, Miura who sees it differently, the post)."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.post(tanaka, factories.channel("madoguchi-dx", tanaka, miura))


def shown_of(post):
    """The stamps everybody sees on a post, with their numbers."""
    counts = Reaction.objects.counts_of([post.pk]).get(post.pk, [])
    return [(count.stamp.code, count.members, count.organisations) for count in counts]


def announced(post):
    """How often the channel was told of stamps on the post."""
    return LiveEvent.objects.filter(kind=LiveEvent.Kind.POST_REACTED, obj_id=post.pk).count()


@pytest.mark.parametrize("on", [True, None])
def test_a_bare_doubt_is_neither_stored_nor_announced(cast, on):
    _, miura, post = cast
    with pytest.raises(ReasonWanted):
        react(miura, post, stamp="chigau", on=on)
    assert (Reaction.objects.count(), announced(post)) == (0, 0)


def test_a_doubt_is_a_reply_with_its_stamp(cast):
    _, miura, post = cast
    changed = doubt(miura, post, text=WHY, cid=uuid4())
    reaction, reply = Reaction.objects.get(), Post.objects.get(root=post)
    assert (reaction.member, reaction.stamp, reaction.reason) == (miura, "chigau", reply)
    assert (reply.text, reply.author, reply.in_channel) == (WHY, miura, False)
    assert (shown_of(post), changed.reply_count, announced(post)) == ([("chigau", 1, 1)], 1, 1)
    made = fragments.post(post.pk).html
    assert 'aria-label="違うかも 1団体"' in made
    assert f'href="/posts/{post.pk}/reactions/chigau/members/"' in made


def test_a_repeated_attempt_says_it_once(cast):
    _, miura, post = cast
    cid = uuid4()
    for _ in range(2):
        changed = doubt(miura, post, text=WHY, cid=cid)
    assert (Post.objects.filter(root=post).count(), Reaction.objects.count(), announced(post)) == (1, 1, 1)
    assert changed.v == 3  # the reply, the stamp


def test_a_doubt_about_a_reply_stands_in_the_same_thread(cast):
    tanaka, miura, post = cast
    reply = factories.post(tanaka, post.channel, root=post)
    doubt(miura, reply, text=WHY, cid=uuid4())
    assert Post.objects.get(author=miura).root == post
    assert (shown_of(reply), shown_of(post)) == ([("chigau", 1, 1)], [])


def test_a_private_doubt_is_for_the_author_alone(cast):
    tanaka, miura, post = cast
    before = fragments.post(post.pk)
    doubt_privately(miura, post, note="単位が逆かもしれません。")
    doubt_privately(miura, post, note="単位が逆かもしれません。")
    run_jobs()
    told = Notification.objects.get()
    assert (told.member, told.kind, told.actor, told.note) == (
        tanaka,
        "doubt",
        miura,
        "単位が逆かもしれません。",
    )
    assert (shown_of(post), announced(post), Post.objects.filter(root=post).count()) == ([], 0, 0)
    assert fragments.post(post.pk) == before
    own = LiveEvent.objects.filter(kind=LiveEvent.Kind.REACTED)
    assert [event.aux for event in own] == [{"post": post.pk, "stamp": "chigau", "on": True}]


def test_a_public_doubt_made_private_is_counted_no_more(cast):
    _, miura, post = cast
    doubt(miura, post, text=WHY, cid=uuid4())
    doubt_privately(miura, post, note="やはり、本人にだけ伝えます。")
    assert (shown_of(post), announced(post)) == ([], 2)
    doubt(miura, post, text=WHY, cid=uuid4())
    assert (shown_of(post), Reaction.objects.get().note) == ([("chigau", 1, 1)], "")


def test_taking_it_off_works_at_once(cast):
    _, miura, post = cast
    doubt(miura, post, text=WHY, cid=uuid4())
    react(miura, post, stamp="chigau", on=False)
    assert (Reaction.objects.count(), announced(post)) == (0, 2)
    doubt_privately(miura, post, note="ひとこと")
    react(miura, post, stamp="chigau")
    assert (Reaction.objects.count(), announced(post)) == (0, 2)


def test_a_removed_reason_takes_the_doubt_with_it(cast):
    tanaka, miura, post = cast
    other = factories.post(tanaka, post.channel, root=post)
    for doubted in (post, other):
        doubt(miura, doubted, text=WHY, cid=uuid4())
    reason = Reaction.objects.get(post=other).reason
    before = Post.objects.get(pk=other.pk).v
    remove_post(miura, reason)
    assert (shown_of(other), shown_of(post)) == ([], [("chigau", 1, 1)])
    assert Post.objects.get(pk=other.pk).v == before + 1
    assert "違うかも" not in fragments.post(other.pk).html


def test_refusals_change_nothing(cast):
    tanaka, miura, post = cast
    yamamoto = person("yamamoto")  # reads, has not joined
    with pytest.raises(Refused, match="自分の投稿には押せません"):
        doubt(tanaka, post, text=WHY, cid=uuid4())
    with pytest.raises(Refused, match="先にこのチャンネルに参加"):
        doubt(yamamoto, post, text=WHY, cid=uuid4())
    doubt_privately(yamamoto, post, note="本人にだけなら、参加していなくても伝えられます。")
    Channel.objects.update(archived_at="2026-11-01T00:00:00Z")
    with pytest.raises(Refused, match="保管済み"):
        doubt_privately(miura, post, note="ひとこと")
    assert (Post.objects.filter(root=post).count(), Reaction.objects.get().member) == (0, yamamoto)


def test_pressing_costs_as_many_rows_however_many_have_pressed(cast):
    tanaka, miura, post = cast
    written = []
    for key in ("miura", "yamamoto", "ito", "hasegawa"):
        member = miura if key == "miura" else person(key)
        with CaptureQueriesContext(connection) as asked:
            react(member, post, stamp="onaji")
        verbs = [query["sql"].lstrip().split(" ")[0] for query in asked]
        written.append(sorted(verb for verb in verbs if verb in {"INSERT", "UPDATE", "DELETE"}))
    assert written[1:] == [written[1]] * 3
    assert len(written[0]) <= len(written[1]) + 1  # the first press writes the author's job
