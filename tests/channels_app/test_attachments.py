"""Uploading, sending and taking away files: who may, once, within limits, and what remains on the disk."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from channels_app import fragments, stored_files
from channels_app.actions import attachments, practice
from channels_app.actions.attachments import discard_upload, sweep, upload
from channels_app.actions.posts import edit_post, publish_post, remove_post
from channels_app.actions.refusals import Refused
from channels_app.models import Attachment, Channel, LiveEvent, Post
from kyoso.lib import files
from tests import documents, factories
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings, tmp_path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


@pytest.fixture
def cast():
    """Tanaka and Miura in 窓口DX."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.channel("madoguchi-dx", tanaka, miura)


def stored(place) -> list[str]:
    """Every file below the folder."""
    return sorted(path.name for path in place.rglob("*") if path.is_file())


def counts():
    return Post.objects.count(), LiveEvent.objects.count(), Attachment.objects.exclude(post=None).count()


def test_an_upload_is_kept_as_it_is_and_waits(cast, place):
    row = upload(cast[0], documents.pdf(), "../会議\u202e資料.pdf")
    row.refresh_from_db()
    assert (row.name, row.media_type, row.size, row.post, row.width) == (
        "会議資料.pdf",
        "application/pdf",
        len(documents.pdf()),
        None,
        None,
    )
    assert row.digest == hashlib.sha256(documents.pdf()).hexdigest()
    assert stored_files.path_of(row.key).read_bytes() == documents.pdf()
    assert stored(place) == ["file"]
    assert stored_files.path_of(row.key).relative_to(place).parts == (row.key.hex[:2], row.key.hex, "file")


def test_a_picture_is_kept_as_it_was_drawn_with_a_small_one(cast, place):
    row = upload(cast[0], documents.picture("GIF", (800, 400)), "動き.gif")
    content = stored_files.path_of(row.key).read_bytes()
    assert (row.name, row.kind_label, row.width, row.height, row.shown_size) == (
        "動き.png",
        "PNG",
        800,
        400,
        (320, 160),
    )
    assert (len(content), hashlib.sha256(content).hexdigest()) == (row.size, row.digest)
    assert stored(place) == ["file", "thumbnail.webp"]


def test_what_is_refused_leaves_nothing(cast, place, monkeypatch):
    tanaka = cast[0]
    for content, name in ((b"MZ\0", "a.pdf"), (documents.picture()[:60], "a.png")):
        with pytest.raises(files.BadFile):
            upload(tanaka, content, name)
    Member.objects.filter(pk=tanaka.pk).update(suspended_at=timezone.now())
    with pytest.raises(Refused):
        upload(Member.objects.get(pk=tanaka.pk), documents.pdf(), "a.pdf")
    monkeypatch.setattr(stored_files, "LEAST_FREE", 2**62)
    with pytest.raises(Refused, match="保存できません"):
        upload(cast[1], documents.pdf(), "a.pdf")
    assert (stored(place), Attachment.objects.count()) == ([], 0)


def test_a_post_takes_its_files_in_the_order_they_were_named(cast):
    tanaka, _, channel = cast
    keys = [upload(tanaka, documents.pdf(), f"{n}.pdf").key for n in range(3)]
    post = factories.post(tanaka, channel, files=[keys[2], keys[0], keys[1]])
    assert [file.name for file in post.attachments.all()] == ["2.pdf", "0.pdf", "1.pdf"]


def test_a_post_of_files_alone_has_no_empty_text(cast):
    tanaka, _, channel = cast
    post = factories.post(tanaka, channel, "", files=[upload(tanaka, documents.pdf(), "会議資料.pdf").key])
    html = fragments.of_new(post).html
    assert ("会議資料.pdf（PDF、1KB）" in html, 'class="ky-text"' in html) == (True, False)


def test_files_that_stand_alone_are_said_in_a_word_where_posts_are_told_of(cast):
    tanaka, miura, channel = cast
    post = factories.post(tanaka, channel, "", files=[upload(tanaka, documents.pdf(), "会議資料.pdf").key])
    assert (post.excerpt(), factories.post(tanaka, channel, "**本文**").excerpt(3)) == (
        "（ファイル）",
        "本文",
    )
    post.refresh_from_db()
    Post.objects.exclude(pk=post.pk).delete()
    browser = Client()
    browser.force_login(miura)
    assert "（ファイル）" in browser.get("/home/").content.decode()


def test_a_file_goes_with_one_post_only(cast):
    tanaka, _, channel = cast
    key, cid = upload(tanaka, documents.pdf(), "a.pdf").key, uuid4()
    first = factories.post(tanaka, channel, cid=cid, files=[key])
    before = counts()
    assert factories.post(tanaka, channel, cid=cid, files=[key]) == first
    with pytest.raises(Refused, match=attachments.GONE):
        factories.post(tanaka, channel, files=[key])
    assert counts() == before


def test_only_the_uploader_may_send_a_file(cast):
    tanaka, miura, channel = cast
    key = upload(tanaka, documents.pdf(), "a.pdf").key
    for keys in ([key], [uuid4()]):
        with pytest.raises(Refused, match=attachments.GONE):
            factories.post(miura, channel, files=keys)
    assert Post.objects.count() == 0
    assert factories.post(tanaka, channel, files=[key]).attachments.count() == 1


def test_limits_of_one_post(cast, monkeypatch):
    tanaka, _, channel = cast
    keys = [upload(tanaka, b"a", "a.txt").key for _ in range(11)]
    with pytest.raises(Refused, match="10個まで"):
        factories.post(tanaka, channel, files=keys)
    monkeypatch.setattr(attachments, "LARGEST_POST", 9)
    with pytest.raises(Refused, match="30MBまで"):
        factories.post(tanaka, channel, files=keys[:10])
    assert factories.post(tanaka, channel, files=keys[:9]).attachments.count() == 9


def test_where_one_may_not_post_a_file_stays_ones_own(cast):
    tanaka, miura, _ = cast
    news = factories.channel("oshirase", tanaka, miura, kind=Channel.Kind.ANNOUNCEMENT)
    row = upload(tanaka, documents.pdf(), "a.pdf")
    with pytest.raises(Refused):
        publish_post(tanaka, news, text="資料", cid=uuid4(), files=[row.key])
    assert list(Attachment.objects.waiting_of(tanaka)) == [row]


def test_taking_an_upload_back(cast, place, django_capture_on_commit_callbacks):
    tanaka, miura, channel = cast
    waiting, sent = (upload(tanaka, documents.pdf(), "a.pdf") for _ in range(2))
    factories.post(tanaka, channel, files=[sent.key])
    with django_capture_on_commit_callbacks(execute=True):
        discard_upload(miura, waiting)
        assert Attachment.objects.count() == 2
        discard_upload(tanaka, waiting)
        discard_upload(tanaka, waiting)
    with pytest.raises(Refused, match="もう投稿されています"):
        discard_upload(tanaka, sent)
    assert (list(Attachment.objects.all()), stored(place)) == ([sent], ["file"])


def test_a_removed_post_takes_its_files_along(cast, place):
    tanaka, miura, channel = cast
    post, other = (
        factories.post(tanaka, channel, files=[upload(tanaka, documents.pdf(), "a.pdf").key])
        for _ in range(2)
    )
    assert Attachment.objects.visible_to(miura).count() == 2
    remove_post(tanaka, post)
    assert [file.post for file in Attachment.objects.visible_to(miura)] == [other]
    assert len(stored(place)) == 2
    assert run_jobs().count("delete_files_of") == 1
    assert (len(stored(place)), post.attachments.count(), other.attachments.standing().count()) == (1, 1, 1)
    assert "a.pdf" not in fragments.post(post.pk).html


def test_a_removed_post_without_files_asks_for_no_job(cast):
    tanaka, _, channel = cast
    remove_post(tanaka, factories.post(tanaka, channel))
    assert "delete_files_of" not in run_jobs()


def test_an_edit_keeps_the_files(cast):
    tanaka, _, channel = cast
    post = factories.post(tanaka, channel, files=[upload(tanaka, documents.pdf(), "a.pdf").key])
    edit_post(tanaka, post, text="書き直し")
    assert ("a.pdf" in fragments.post(post.pk).html) is True


def age(place, key, days: float) -> None:
    """Make an upload, and what lies of it, older."""
    Attachment.objects.filter(key=key).update(uploaded_at=timezone.now() - timedelta(days=days))
    moment = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(stored_files.folder_of(key), (moment, moment))


def test_the_sweep_takes_what_was_never_sent_and_what_has_no_row(cast, place):
    tanaka, _, channel = cast
    old, fresh, sent, stray = (upload(tanaka, documents.pdf(), "a.pdf") for _ in range(4))
    factories.post(tanaka, channel, files=[sent.key])
    for row in (old, sent, stray):
        age(place, row.key, 1.01)
    Attachment.objects.filter(pk=stray.pk).delete()
    assert (sweep(), sweep()) == (2, 0)
    assert set(Attachment.objects.all()) == {fresh, sent}
    assert [stored_files.path_of(row.key).exists() for row in (old, fresh, sent, stray)] == [
        False,
        True,
        True,
        False,
    ]


def test_the_sweep_takes_what_a_cleared_practice_channel_leaves(cast, place):
    tanaka, _, _ = cast
    channel = factories.channel("renshuu", tanaka, kind=Channel.Kind.PRACTICE)
    row = upload(tanaka, documents.pdf(), "a.pdf")
    factories.post(tanaka, channel, files=[row.key])
    age(place, row.key, 2)
    assert sweep() == 0
    practice.clear_practice(timezone.now() + timedelta(days=2))
    assert (sweep(), stored(place)) == (1, [])


def test_the_account_of_storage_counts_what_lies_on_the_disk(cast):
    tanaka, _, channel = cast
    rows = [upload(tanaka, content, "a.txt") for content in (b"12345", b"123")]
    assert Attachment.objects.stored_bytes() == 8
    remove_post(tanaka, factories.post(tanaka, channel, files=[rows[0].key]))
    assert (Attachment.objects.stored_bytes(), Attachment.objects.none().stored_bytes()) == (3, 0)


def test_who_reaches_a_file(cast):
    tanaka, miura, channel = cast
    group = factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE)
    opened, closed, waiting = (upload(tanaka, documents.pdf(), f"{n}.pdf") for n in range(3))
    factories.post(tanaka, channel, files=[opened.key])
    factories.post(tanaka, group, files=[closed.key])
    reached = {member: set(Attachment.objects.visible_to(member)) for member in (tanaka, miura)}
    assert reached == {tanaka: {opened, closed, waiting}, miura: {opened}}


def test_a_file_is_written_whole_or_not_at_all(cast, place, monkeypatch):
    def break_off(path, target):
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", break_off)
    with pytest.raises(OSError, match="no space"):
        upload(cast[0], documents.pdf(), "a.pdf")
    assert (Attachment.objects.count(), "file" in stored(place)) == (0, False)
