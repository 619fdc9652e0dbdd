"""A changed name, badge or picture reaches every post that prints it, in every process."""

import pytest

from accounts.actions.ambassadors import appoint
from accounts.actions.profiles import edit_profile, remove_picture, rename
from accounts.actions.roles import give_role
from accounts.models import Member
from channels_app import fragments, windows
from channels_app.actions import authors
from channels_app.models import LiveEvent, LiveStream, Post
from kyoso.lib.pictures import squares
from tests import factories
from tests.accounts.photographs import photograph
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db

Kind = LiveEvent.Kind


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    fragments.cache.clear()
    windows.forget()


def window_of(channel, reader) -> str:
    """What a page of this process shows, by its kept windows and fragments."""
    head = LiveStream.objects.get(kind=LiveStream.Kind.CHANNEL, ref_id=channel.pk).head
    return windows.newest(channel, head, reader).html


def told(channel) -> list[int]:
    kinds = (Kind.CHANNEL_RELOADED, Kind.MEMBER_CHANGED)
    rows = LiveEvent.objects.filter(stream__kind="c", stream__ref_id=channel.pk, kind__in=kinds)
    return list(rows.order_by("n").values_list("kind", flat=True))


@pytest.fixture
def scene():
    """tanaka wrote a root in one channel and a reply under miura's root in another; miura reads."""
    tanaka, miura = person("tanaka"), person("miura")
    one, other, third = (factories.channel(slug, tanaka, miura) for slug in ("bousai", "senkyo", "zatsudan"))
    own = factories.post(tanaka, one)
    root = factories.post(miura, other)
    reply = factories.post(tanaka, other, root=root)
    untouched = factories.post(miura, third)
    return tanaka, miura, (one, other, third), (own, root, reply, untouched)


def versions(posts) -> list[int]:
    rows = dict(Post.objects.filter(pk__in=[post.pk for post in posts]).values_list("pk", "v"))
    return [rows[post.pk] for post in posts]


def test_a_new_name_stands_on_every_post_and_open_pages_start_over(scene):
    tanaka, miura, (one, other, third), posts = scene
    before, shown = versions(posts), window_of(one, miura)
    assert ("田中 里奈" in shown, "黒田 里奈" in shown) == (True, False)
    run_jobs()
    rename(person("oonishi"), tanaka, name="黒田 里奈", kana="くろだ りな")
    assert run_jobs() == ["redraw_posts_of"]
    shown = window_of(one, miura)
    assert ("田中 里奈" in shown, "黒田 里奈" in shown) == (False, True)
    raised = [now - then for now, then in zip(versions(posts), before, strict=True)]
    assert raised == [1, 1, 1, 0]
    assert [told(channel) for channel in (one, other, third)] == [[Kind.CHANNEL_RELOADED]] * 2 + [[]]
    assert '<span class="ky-faces"><span class="ky-avatar" data-tone="' in window_of(other, miura)
    assert ">黒</span>" in window_of(other, miura)


def test_a_picture_costs_no_reload_of_open_pages(scene):
    tanaka, miura, (one, other, third), posts = scene
    assert "<img" not in window_of(one, miura)
    edit_profile(tanaka, introduction="", helps_with="", squares=squares(photograph()))
    run_jobs()
    name = Member.objects.get(pk=tanaka.pk).picture
    assert f'<img src="/members/pictures/{name}-64.webp" alt="" loading="lazy">' in window_of(one, miura)
    assert f"/members/pictures/{name}-64.webp" in window_of(other, miura)
    assert [told(channel) for channel in (one, other, third)] == [[Kind.MEMBER_CHANGED]] * 2 + [[]]
    remove_picture(tanaka)
    run_jobs()
    assert "<img" not in window_of(one, miura)


def test_badges_come_and_go(scene):
    tanaka, miura, (one, *_), _ = scene
    oonishi = person("oonishi")
    today = Post.objects.get(author=tanaka, root=None).posted_at.date()
    for deed in (
        lambda: give_role(oonishi, tanaka, role="secretariat"),
        lambda: appoint(
            oonishi,
            tanaka,
            prefecture_code="39",
            valid_from=today.replace(day=1),
            valid_to=today.replace(year=today.year + 1),
        ),
    ):
        deed()
        run_jobs()
    assert ("事務局</span>" in window_of(one, miura), "アンバサダー</span>" in window_of(one, miura)) == (
        True,
        True,
    )
    give_role(oonishi, tanaka, role="member")
    run_jobs()
    assert "事務局</span>" not in window_of(one, miura)


def test_unread_numbers_do_not_move(scene):
    tanaka, miura, (one, *_), _ = scene
    before = LiveStream.objects.get(kind="c", ref_id=one.pk).posts
    authors.redraw_posts_of(tanaka.pk, at_once=True)
    assert LiveStream.objects.get(kind="c", ref_id=one.pk).posts == before


def test_many_posts_are_raised_in_several_transactions(scene, monkeypatch):
    tanaka, _, (one, *_), _ = scene
    monkeypatch.setattr(authors, "AT_ONCE", 2)
    for _ in range(4):
        factories.post(tanaka, one)
    assert authors.redraw_posts_of(tanaka.pk, at_once=True) == 7
    assert (told(one), set(versions(one.posts.all()))) == ([Kind.CHANNEL_RELOADED] * 3, {2})


def test_somebody_without_posts_costs_nothing():
    assert authors.redraw_posts_of(person("tanaka").pk, at_once=True) == 0
