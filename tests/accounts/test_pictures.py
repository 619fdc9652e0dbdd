"""Pictures: what is accepted, what remains of it, and who may see it."""

import io
import os
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts import pictures
from accounts.actions.profiles import edit_profile, remove_stray_pictures
from accounts.forms.profiles import TOO_MANY_PICTURES
from accounts.models import AuditEntry, Member
from kyoso.lib.pictures import LARGEST_FILE, MOST_PIXELS, SIDES, BadPicture, squares
from tests.accounts.photographs import bomb, photograph, with_place
from tests.people import person

EDIT, REMOVAL = "/members/me/edit/", "/members/me/picture/removal/"
TEXTS = {"introduction": "窓口に8年いました。", "helps_with": "RPA"}


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def logged_in(member) -> Client:
    browser = Client()
    browser.force_login(member)
    return browser


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def names() -> list[str]:
    return sorted(path.name for path in pictures.folder().iterdir())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_becomes_two_squares_of_its_middle(kind):
    made = squares(photograph(kind))
    assert {side: (opened(content).format, opened(content).size) for side, content in made.items()} == {
        256: ("WEBP", (256, 256)),
        64: ("WEBP", (64, 64)),
    }
    red, _, blue = opened(made[64]).convert("RGB").getpixel((4, 32))
    assert (red < 40, blue > 200) == (True, True)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16"])
def test_other_kinds_of_png_are_understood(mode):
    assert set(squares(photograph("PNG", mode=mode))) == set(SIDES)


def test_printers_colours_are_understood():
    assert set(squares(photograph("JPEG", mode="CMYK"))) == set(SIDES)


def test_a_transparent_picture_lies_on_white():
    image = io.BytesIO()
    Image.new("RGBA", (80, 80), (0, 0, 0, 0)).save(image, "PNG")
    assert min(opened(squares(image.getvalue())[64]).convert("RGB").getpixel((32, 32))) > 250


def test_place_and_names_are_gone_and_the_picture_stands_upright():
    content = with_place()
    assert (b"secret-author" in content, bool(opened(content).getexif().get_ifd(0x8825))) == (True, True)
    for made in squares(content).values():
        assert (dict(opened(made).getexif()), b"EXIF" in made, b"secret-author" in made) == ({}, False, False)
        side = opened(made).width
        top = opened(made).convert("RGB").getpixel((side // 2, 3))
        assert top[2] > 200  # the left half, blue, is on top once the phone's note is obeyed


BAD_FILES = {
    "bomb": bomb(),
    "too many pixels": photograph("PNG", size=(MOST_PIXELS // 5_000 + 1, 5_000), mode="1"),
    "too heavy": photograph() + b"\0" * LARGEST_FILE,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "gif": photograph("GIF"),
    "signature only": b"\x89PNG\r\n\x1a\n",
    "cut off": photograph()[:-600],
    "noise behind a signature": b"\xff\xd8\xff" + bytes(range(256)) * 8,
    "a riff that is no picture": b"RIFF\x24\0\0\0WAVEfmt ",
    "empty": b"",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_a_sentence(name):
    with pytest.raises(BadPicture, match=r"。$"):
        squares(BAD_FILES[name])


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in BAD_FILES if name != "empty"])
def test_a_bad_file_changes_nothing_and_keeps_what_was_typed(name):
    tanaka = person("tanaka")
    upload = SimpleUploadedFile("photo.png", BAD_FILES[name], "image/png")
    answer = logged_in(tanaka).post(EDIT, TEXTS | {"picture": upload})
    tanaka.refresh_from_db()
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["picture"])
    assert [
        TEXTS["introduction"] in answer.content.decode(),
        TEXTS["helps_with"] in answer.content.decode(),
    ] == [
        True,
        True,
    ]
    assert (tanaka.introduction, tanaka.picture, names()) == ("", "", [])


@pytest.mark.django_db
def test_pictures_are_limited_per_member_and_hour(settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"picture": "3/h/user"}
    tanaka, miura = person("tanaka"), person("miura")
    browser = logged_in(tanaka)

    def send(browser, content):
        upload = SimpleUploadedFile("photo.png", content, "image/png")
        return browser.post(EDIT, TEXTS | {"picture": upload})

    good = photograph("PNG")
    assert [send(browser, content).status_code for content in (good, b"bad", good)] == [302, 422, 302]
    before = Member.objects.get(pk=tanaka.pk).picture, names()
    answer = send(browser, good)
    assert (answer.status_code, answer.context["form"].errors) == (422, {"picture": [TOO_MANY_PICTURES]})
    assert TEXTS["introduction"] in answer.content.decode()
    assert (Member.objects.get(pk=tanaka.pk).picture, names()) == before
    limits = AuditEntry.objects.filter(deed="limit.reached").values_list("actor", "detail__limit")
    assert list(limits) == [(tanaka.pk, "picture")]
    assert browser.post(EDIT, TEXTS | {"introduction": "写真なし"}).status_code == 302
    assert send(logged_in(miura), good).status_code == 302


def test_the_sentence_about_the_limit_is_true(settings):
    assert settings.ACCOUNT_RATE_LIMITS["picture"] == "10/h/user"
    assert "1時間に10回まで" in TOO_MANY_PICTURES


@pytest.mark.django_db
def test_a_new_picture_replaces_the_old_one(django_capture_on_commit_callbacks):
    tanaka = person("tanaka")
    browser = logged_in(tanaka)
    seen = []
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            upload = SimpleUploadedFile("p.jpg", photograph(), "image/jpeg")
            assert browser.post(EDIT, TEXTS | {"picture": upload}).url == f"/members/{tanaka.pk}/"
        tanaka.refresh_from_db()
        seen.append(tanaka.picture)
        assert names() == [f"{tanaka.picture}-256.webp", f"{tanaka.picture}-64.webp"]
    assert (len(set(seen)), len(seen[0])) == (2, 32)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(EDIT, TEXTS)
    assert Member.objects.get(pk=tanaka.pk).picture == seen[1]


@pytest.mark.django_db
def test_a_picture_is_served_to_members_only_and_cannot_run():
    tanaka, miura = person("tanaka"), person("miura")
    edit_profile(tanaka, introduction="", helps_with="", squares=squares(photograph()))
    tanaka.refresh_from_db()
    address = f"/members/pictures/{tanaka.picture}-64.webp"
    answer = logged_in(miura).get(address)
    assert (answer.status_code, answer["Content-Type"], opened(answer.content).size) == (
        200,
        "image/webp",
        (64, 64),
    )
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )
    assert Client().get(address).url.startswith("/accounts/login/")
    assert logged_in(miura).post(address).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["0" * 32 + "-64", "../secret-key", "%2e%2e%2fsecret-key", "x" * 32 + "-64", "0" * 32 + "-65"]
)
def test_an_unknown_picture_is_not_found(name):
    (pictures.folder() / f"{'0' * 32}-64.webp").write_bytes(b"somebody's")
    assert logged_in(person("tanaka")).get(f"/members/pictures/{name}.webp").status_code == 404


@pytest.mark.django_db
def test_a_lost_file_is_not_found():
    tanaka = person("tanaka")
    Member.objects.filter(pk=tanaka.pk).update(picture="0" * 32)
    assert logged_in(tanaka).get(f"/members/pictures/{'0' * 32}-64.webp").status_code == 404


@pytest.mark.django_db
def test_a_removed_picture_is_gone(django_capture_on_commit_callbacks):
    tanaka = person("tanaka")
    edit_profile(tanaka, introduction="", helps_with="", squares=squares(photograph()))
    browser = logged_in(tanaka)
    assert "写真を取り除く" in browser.get(EDIT).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(REMOVAL).url == EDIT
    assert (Member.objects.get(pk=tanaka.pk).picture, names()) == ("", [])
    assert (browser.post(REMOVAL).url, browser.get(REMOVAL).status_code) == (EDIT, 405)


@pytest.mark.django_db
def test_files_that_nobody_has_are_deleted_after_an_hour():
    tanaka = person("tanaka")
    edit_profile(tanaka, introduction="", helps_with="", squares=squares(photograph()))
    kept = names()
    stray, fresh = pictures.keep(squares(photograph())), pictures.keep(squares(photograph()))
    long_ago = time.time() - 7_200
    for path in pictures.folder().iterdir():
        if fresh not in path.name:
            os.utime(path, (long_ago, long_ago))
    assert (remove_stray_pictures(), stray in "".join(names())) == (2, False)
    assert names() == sorted([*kept, f"{fresh}-256.webp", f"{fresh}-64.webp"])
