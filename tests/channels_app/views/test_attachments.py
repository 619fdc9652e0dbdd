"""The doors of files: taking one in, giving it out, taking it back; and files inside the plain form."""

from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app import stored_files
from channels_app.actions.attachments import upload
from channels_app.actions.channels import leave_channel
from channels_app.actions.posts import remove_post
from channels_app.models import Attachment, Channel, Post
from kyoso import uploads
from kyoso.lib import files
from tests import documents, factories
from tests.channels_app.views.habits import (
    JSON,
    assert_asks_to_sign_in,
    assert_only,
    error_of,
    signed_in,
    words,
)
from tests.people import person

pytestmark = pytest.mark.django_db
DOOR = "/attachments/"
POSTS = "/channels/madoguchi-dx/posts/"
SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Vary": "Cookie",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    yield settings.FILES_DIR
    cache.clear()


@pytest.fixture
def cast():
    """Tanaka and Miura in 窓口DX, Yamamoto in none."""
    tanaka, miura, yamamoto = (person(key) for key in ("tanaka", "miura", "yamamoto"))
    return tanaka, miura, yamamoto, factories.channel("madoguchi-dx", tanaka, miura)


def file(content: bytes = documents.pdf(), name: str = "会議資料.pdf", says: str = "text/html"):
    return SimpleUploadedFile(name, content, content_type=says)


def sent(member, channel, content: bytes = documents.pdf(), name: str = "会議資料.pdf") -> Attachment:
    """A file that went with a post."""
    row = upload(member, content, name)
    factories.post(member, channel, files=[row.key])
    row.refresh_from_db()
    return row


def doors(row) -> list[str]:
    return [row.get_absolute_url(), row.thumbnail_url]


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_an_upload_is_answered_with_its_key_and_label(cast):
    answer = signed_in(cast[0]).post(DOOR, {"upload": file()}, **JSON)
    row = Attachment.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {"key": str(row.key), "label": "会議資料.pdf（PDF、1KB）"},
    )
    assert (row.uploader, row.post) == (cast[0], None)


def test_what_is_refused_is_said_with_the_files_name(cast):
    client = signed_in(cast[0])
    large = file(b"a" * (files.LARGEST_FILE + 1), "大きい\u202eファイル.txt")
    cases = [
        ({}, "ファイルを選んでください。"),
        ({"upload": file(b"<svg/>", "図.pdf", "application/pdf")}, f"「図.pdf」：{files.PAGE}"),
        ({"upload": file(b"")}, f"「会議資料.pdf」：{files.EMPTY}"),
        ({"upload": large}, f"「大きいファイル.txt」：{files.TOO_LARGE}"),
    ]
    for sent_with, sentence in cases:
        assert error_of(client.post(DOOR, sent_with, **JSON)) == (422, sentence, "upload")
    assert Attachment.objects.count() == 0


def test_uploads_have_an_hourly_limit(cast, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"attachment": "2/h/user"}
    client = signed_in(cast[0])
    answers = [client.post(DOOR, {"upload": file()}, **JSON) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert error_of(answers[2])[1].startswith("短い時間に")
    assert signed_in(cast[1]).post(DOOR, {"upload": file()}, **JSON).status_code == 201


def test_a_body_that_is_too_large_is_refused_before_it_is_kept(cast, monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_BODY", 1000)
    answer = signed_in(cast[0]).post(DOOR, {"upload": file(b"a" * 2000)}, **JSON)
    assert (answer.status_code, Attachment.objects.count()) == (400, 0)


def test_a_document_is_saved_and_a_picture_opens(cast):
    tanaka, miura, _, channel = cast
    report = sent(tanaka, channel)
    photo = sent(tanaka, channel, documents.picture("JPEG"), "窓口.jpg")
    small = stored_files.path_of(photo.key, stored_files.THUMBNAIL).read_bytes()
    cases = [
        (
            report.get_absolute_url(),
            documents.pdf(),
            "application/pdf",
            "private, no-cache",
            "attachment; filename*=utf-8''%E4%BC%9A%E8%AD%B0%E8%B3%87%E6%96%99.pdf",
        ),
        (
            photo.get_absolute_url(),
            stored_files.path_of(photo.key).read_bytes(),
            "image/jpeg",
            "private, no-cache",
            "inline; filename*=utf-8''%E7%AA%93%E5%8F%A3.jpg",
        ),
        (
            photo.thumbnail_url,
            small,
            "image/webp",
            "private, max-age=600",
            "inline; filename*=utf-8''%E7%AA%93%E5%8F%A3.jpg",
        ),
    ]
    for address, content, media_type, kept, disposition in cases:
        answer = signed_in(miura).get(address)
        etag = answer["ETag"]
        assert (answer.status_code, body(answer)) == (200, content)
        assert dict(answer.headers) == SAFE | {
            "Content-Type": media_type,
            "Content-Length": str(len(content)),
            "Content-Disposition": disposition,
            "Cache-Control": kept,
            "ETag": etag,
        }
        again = signed_in(miura).get(address, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)


def test_every_kind_is_served_as_it_was_recognised(cast):
    tanaka, _, _, channel = cast
    kinds = {
        "a.csv": ("団体,件数\n".encode("cp932"), "text/csv"),
        "a.txt": (b"<3", "text/plain"),
        "a.xlsx": (documents.office("xlsx"), files.EXCEL.media_type),
    }
    for name, (content, media_type) in kinds.items():
        answer = signed_in(tanaka).get(sent(tanaka, channel, content, name).get_absolute_url())
        assert (answer["Content-Type"], body(answer)) == (media_type, content)
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


def test_the_name_in_the_address_decides_nothing(cast):
    tanaka, miura, _, channel = cast
    row = sent(tanaka, channel)
    for name in ("x.html", "..%5C..%5Cetc%5Cpasswd", "%2e%2e", "%00"):
        answer = signed_in(miura).get(f"/attachments/{row.key}/{name}")
        assert (answer["Content-Type"], body(answer)) == ("application/pdf", documents.pdf())
    for name in ("../x", "a%2F..%2F..%2Fetc%2Fpasswd", ""):
        assert signed_in(miura).get(f"/attachments/{row.key}/{name}").status_code == 404


def test_strangers_of_a_closed_channel_learn_nothing(cast):
    tanaka, miura, yamamoto, _ = cast
    group = factories.channel("shikoku", tanaka, miura, kind=Channel.Kind.PRIVATE)
    row = sent(tanaka, group, documents.picture(), "a.png")
    for address in doors(row):
        assert [signed_in(who).get(address).status_code for who in (miura, yamamoto)] == [200, 404]
    missing = signed_in(yamamoto).get(f"/attachments/{uuid4()}/a.png")
    assert signed_in(yamamoto).get(row.get_absolute_url()).content == missing.content


def test_who_left_a_closed_channel_opens_nothing_of_it(cast):
    tanaka, miura, _, _ = cast
    group = factories.channel("shikoku", tanaka, miura, kind=Channel.Kind.PRIVATE)
    row = sent(tanaka, group, documents.picture(), "a.png")
    assert [signed_in(miura).get(address).status_code for address in doors(row)] == [200, 200]
    leave_channel(miura, group)
    assert [signed_in(miura).get(address).status_code for address in doors(row)] == [404, 404]
    assert [signed_in(tanaka).get(address).status_code for address in doors(row)] == [200, 200]


def test_files_go_with_their_post(cast):
    tanaka, miura, _, channel = cast
    row = sent(tanaka, channel, documents.picture(), "a.png")
    etag = signed_in(miura).get(row.get_absolute_url())["ETag"]
    remove_post(tanaka, row.post)
    for address in doors(row):
        asked = [signed_in(who).get(address, headers={"If-None-Match": etag}) for who in (tanaka, miura)]
        assert [answer.status_code for answer in asked] == [404, 404]


def test_an_unsent_file_is_seen_by_its_uploader_alone(cast):
    tanaka, miura, _, _ = cast
    row = upload(tanaka, documents.picture(), "a.png")
    for address in doors(row):
        assert [signed_in(who).get(address).status_code for who in (tanaka, miura)] == [200, 404]
    assert signed_in(miura).post(f"/attachments/{row.key}/removal/", **JSON).status_code == 404
    for expected in (204, 404):
        assert signed_in(tanaka).post(f"/attachments/{row.key}/removal/", **JSON).status_code == expected
    assert Attachment.objects.count() == 0


def test_what_was_sent_is_not_taken_back_alone(cast):
    tanaka, miura, _, channel = cast
    row = sent(tanaka, channel)
    address = f"/attachments/{row.key}/removal/"
    assert signed_in(miura).post(address, **JSON).status_code == 404
    assert error_of(signed_in(tanaka).post(address, **JSON))[:2] == (
        403,
        "このファイルは、もう投稿されています。",
    )


def test_a_document_has_no_small_picture_and_a_lost_file_is_missing(cast):
    tanaka, _, _, channel = cast
    row = sent(tanaka, channel)
    assert signed_in(tanaka).get(row.thumbnail_url).status_code == 404
    stored_files.remove(row.key)
    assert signed_in(tanaka).get(row.get_absolute_url()).status_code == 404


def test_doors_want_a_member_and_their_method(cast):
    tanaka, _, _, channel = cast
    row = sent(tanaka, channel, documents.picture(), "a.png")
    removal = f"/attachments/{row.key}/removal/"
    for address in doors(row):
        assert_asks_to_sign_in(address)
        assert_only("get", address, tanaka)
    for address in (DOOR, removal):
        assert_asks_to_sign_in(address, "post")
        assert_only("post", address, tanaka)
    assert signed_in(tanaka).get("/attachments/nothing/a.png").status_code == 404
    assert signed_in(tanaka, enforce_csrf_checks=True).post(DOOR, {"upload": file()}).status_code == 403


def test_a_file_costs_one_query_more_than_its_member(cast):
    tanaka, miura, _, channel = cast
    client, row = signed_in(miura), sent(tanaka, channel, documents.picture(), "a.png")
    for address in doors(row):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        about_files = [query["sql"] for query in asked if 'FROM "channels_app_' in query["sql"]]
        assert [sql.count('FROM "channels_app_attachment"') for sql in about_files] == [1]


def test_a_page_of_files_costs_the_same_for_one_and_thirty(cast):
    tanaka, miura, _, channel = cast
    client, counts = signed_in(miura), []
    for more in (1, 29):
        for _ in range(more):
            sent(tanaka, channel, b"a", "a.txt")
        client.get("/channels/madoguchi-dx/")
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/channels/madoguchi-dx/").content.decode()
        counts.append((len(asked), page.count("a.txt（テキスト、1KB）")))
    assert (counts[0][0] == counts[1][0], [shown for _, shown in counts]) == (True, [1, 30])


def test_without_scripts_files_go_with_the_text(cast):
    tanaka, _, _, _ = cast
    answer = signed_in(tanaka).post(POSTS, words(upload=[file(), file(b"a,b\n", "a.csv")]))
    post = Post.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/channels/madoguchi-dx/#post-{post.pk}")
    assert [row.label for row in post.attachments.all()] == ["会議資料.pdf（PDF、1KB）", "a.csv（CSV、1KB）"]


def test_without_scripts_a_refused_text_keeps_its_files(cast):
    tanaka, _, _, _ = cast
    client = signed_in(tanaka)
    answer = client.post(POSTS, words("あ" * 10_001, upload=[file(), file(b"<svg/>", "図.svg")]))
    row, form = Attachment.objects.get(), answer.context["form"]
    assert (answer.status_code, form.waiting, form.errors["file"]) == (
        422,
        [row],
        [f"「図.svg」：{files.PAGE}"],
    )
    shown = f'<input type="checkbox" name="file" value="{row.key}" checked>'
    assert shown in answer.content.decode()
    assert client.post(POSTS, words("短い", file=[str(row.key)])).status_code == 303
    assert Post.objects.get().attachments.get() == row


def test_a_preview_and_a_reply_keep_files_as_well(cast):
    tanaka, miura, _, channel = cast
    root, client = factories.post(miura, channel), signed_in(tanaka)
    page = client.post("/channels/madoguchi-dx/preview/", words(upload=[file()]))
    assert [row.name for row in page.context["form"].waiting] == ["会議資料.pdf"]
    assert client.post(f"/posts/{root.pk}/replies/", words("", upload=[file()])).status_code == 303
    assert root.replies.get().attachments.count() == 1


def test_a_post_cannot_take_what_is_not_ones_own(cast):
    tanaka, miura, _, channel = cast
    theirs, gone = upload(miura, documents.pdf(), "a.pdf"), sent(tanaka, channel)
    client = signed_in(tanaka)
    for key in (theirs.key, gone.key, uuid4()):
        answer = client.post(POSTS, words(file=[str(key)]), **JSON)
        assert error_of(answer) == (403, "添付したファイルが見つかりません。もう一度選んでください。", "text")
        assert client.post(POSTS, words(file=[str(key)])).context["form"].waiting == []
    assert error_of(client.post(POSTS, words(file=["x"]), **JSON))[0::2] == (422, "file")
    assert error_of(client.post(POSTS, words(""), **JSON)) == (422, "本文を入力してください。", "text")
    assert Post.objects.count() == 1


def test_a_post_with_files_cannot_wait_for_its_moment(cast):
    row = upload(cast[0], documents.pdf(), "a.pdf")
    told = words(file=[str(row.key)], publish_on="2030-01-01", publish_time="10:00")
    answer = signed_in(cast[0]).post("/channels/madoguchi-dx/scheduled-posts/", told)
    assert (answer.status_code, answer.context["form"].waiting) == (422, [row])
