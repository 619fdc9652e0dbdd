"""The community's own stamps: uploaded, redrawn, named, retired, served."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import AuditEntry
from channels_app import fragments
from channels_app.actions.reactions import UnknownStamp, react
from channels_app.actions.refusals import Refused
from channels_app.actions.stamps import add_stamp, offer_stamp, rename_stamp, retire_stamp
from channels_app.models import LiveEvent, OwnStamp, Post, Reaction
from kyoso.lib.pictures import BadPicture
from kyoso.lib.stamp_pictures import stamp_picture
from tests import factories
from tests.accounts.photographs import bomb, photograph, with_place
from tests.channels_app.views.habits import PART, assert_asks_to_sign_in, signed_in
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db
INDEX = "/secretariat/stamps/"
CITY = {"name": "市の花", "kana": "しのはな はな"}


def uploaded(content: bytes, name: str = "hana.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def sent(content: bytes | None = None, **words) -> dict:
    return CITY | words | {"picture": uploaded(photograph("PNG") if content is None else content)}


def made(secretary, name: str = "市の花") -> OwnStamp:
    return add_stamp(secretary, name=name, kana="しのはな", picture=stamp_picture(photograph("PNG")))


@pytest.fixture
def cast():
    """(secretary, Tanaka, Tanaka's post)."""
    oonishi, tanaka = person("oonishi"), person("tanaka")
    return oonishi, tanaka, factories.post(tanaka, factories.channel("madoguchi-dx", tanaka))


def test_an_upload_becomes_a_stamp_that_everybody_can_press(cast):
    oonishi, tanaka, post = cast
    answer = signed_in(oonishi).post(INDEX, sent(with_place()), follow=True)
    stamp = OwnStamp.objects.get()
    assert answer.redirect_chain == [(INDEX, 302)]
    assert (stamp.name, stamp.kana, stamp.made_by, stamp.code[:4]) == (*CITY.values(), oonishi, "own-")
    entry = AuditEntry.objects.get(deed="stamp.added")
    assert (entry.actor, entry.noun, entry.noun_id) == (oonishi, "ownstamp", stamp.pk)
    client = signed_in(tanaka)
    part = client.get(f"/posts/{post.pk}/reactions/", {"q": "シノハナ"}, **PART).content.decode()
    assert f'data-stamp="{stamp.code}"' in part
    react(tanaka, post, stamp=stamp.code)
    assert f'src="/stamps/{stamp.digest}.png"' in fragments.post(post.pk).html
    assert 'aria-label="市の花 1人"' in fragments.post(post.pk).html


def test_the_picture_is_served_to_members_for_ever_and_can_do_nothing(cast):
    oonishi, tanaka, _ = cast
    stamp = made(oonishi)
    answer = signed_in(tanaka).get(f"/stamps/{stamp.digest}.png")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size, picture.mode, picture.info) == ("PNG", (128, 128), "RGBA", {})
    headers = [answer[name] for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options")]
    assert headers == ["image/png", "private, max-age=31536000, immutable", "nosniff"]
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert signed_in(tanaka).get(f"/stamps/{'0' * 64}.png").status_code == 404
    assert signed_in(tanaka).post(f"/stamps/{stamp.digest}.png").status_code == 405
    assert_asks_to_sign_in(f"/stamps/{stamp.digest}.png")


def test_nothing_of_the_upload_remains():
    drawn = stamp_picture(with_place())
    with Image.open(io.BytesIO(drawn)) as picture:
        assert (dict(picture.getexif()), picture.getpixel((0, 0))[3]) == ({}, 0)
    assert (b"secret-author" in drawn, b"Exif" in drawn) == (False, False)
    script = b"<script>alert(1)</script>"
    assert script not in stamp_picture(photograph("PNG") + script)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_still_pictures_of_four_kinds_are_taken(kind):
    with Image.open(io.BytesIO(stamp_picture(photograph(kind)))) as picture:
        assert picture.size == (128, 128)


def moving(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("red", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNG、JPEG、WebP、GIFのどれか"),
        (b"GIF89a" + b"\0" * 40, "読み取れませんでした"),
        (b"\x89PNG\r\n\x1a\n broken", "読み取れませんでした"),
        (photograph("PNG") + b"\0" * 1_100_000, "1MBまで"),
        (photograph("PNG", (63, 200)), "縦も横も64画素以上"),
        (bomb(), "読み取れませんでした"),
        (photograph("PNG", (5000, 4000)), "1,600万画素まで"),
        (moving("GIF"), "動く画像は使えません"),
        (moving("WEBP"), "動く画像は使えません"),
        (moving("PNG"), "動く画像は使えません"),
    ],
    ids=["svg", "gif", "png", "large", "small", "bomb", "wide", "moving-gif", "moving-webp", "moving-png"],
)
def test_bad_pictures_are_told_beside_the_field(cast, content, sentence):
    with pytest.raises(BadPicture, match=sentence):
        stamp_picture(content)
    answer = signed_in(cast[0]).post(INDEX, sent(content))
    assert (answer.status_code, OwnStamp.objects.count()) == (422, 0)
    assert sentence in str(answer.context["form"].errors["picture"])
    assert 'value="市の花"' in answer.content.decode()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "あ" * 21}, "name"),
        ({"name": "\x00"}, "name"),
        ({"name": "ありがとう"}, "name"),
        ({"name": "いいね"}, "name"),
        ({"kana": "市の花"}, "kana"),
        ({"kana": "hana"}, "kana"),
        ({"kana": ""}, "kana"),
    ],
)
def test_bad_words_are_told_beside_the_field(cast, words, field):
    answer = signed_in(cast[0]).post(INDEX, sent(**words))
    assert (answer.status_code, OwnStamp.objects.count()) == (422, 0)
    assert list(answer.context["form"].errors) == [field]


def test_a_retired_stamp_stays_where_it_was_and_can_be_taken_off(cast):
    oonishi, tanaka, post = cast
    stamp = made(oonishi)
    react(tanaka, post, stamp=stamp.code)
    desk, address = signed_in(oonishi), f"{INDEX}{stamp.pk}/retirement/"
    for _ in range(2):
        assert desk.post(address, {"deed": "retire"}).status_code == 302
    part = signed_in(tanaka).get(f"/posts/{post.pk}/reactions/", **PART).content.decode()
    assert stamp.code not in part
    fragments.cache.clear()
    assert "市の花" in fragments.post(post.pk).html
    react(tanaka, post, stamp=stamp.code, on=False)
    with pytest.raises(UnknownStamp):
        react(tanaka, post, stamp=stamp.code)
    desk.post(address, {"deed": "offer"})
    react(tanaka, post, stamp=stamp.code)
    deeds = AuditEntry.objects.filter(noun="ownstamp").order_by("pk").values_list("deed", flat=True)
    assert list(deeds) == ["stamp.added", "stamp.retired", "stamp.offered"]


def test_a_new_name_shows_wherever_the_stamp_was_pressed(cast):
    oonishi, tanaka, post = cast
    stamp = made(oonishi)
    react(tanaka, post, stamp=stamp.code)
    before = fragments.post(post.pk)
    words = {"name": "つつじ", "kana": "ツツジ"}
    assert signed_in(oonishi).post(f"{INDEX}{stamp.pk}/", words).status_code == 302
    assert run_jobs()[-1:] == ["redraw_posts_with"]
    after = fragments.post(post.pk)
    assert (after.v, "つつじ 1人" in after.html) == (before.v + 1, True)
    assert LiveEvent.objects.filter(kind=LiveEvent.Kind.CHANNEL_RELOADED).count() == 1
    taken = made(oonishi)
    assert signed_in(oonishi).post(f"{INDEX}{taken.pk}/", words).status_code == 422


def test_a_name_is_free_again_after_retiring_but_not_twice(cast):
    oonishi = cast[0]
    first = made(oonishi)
    with pytest.raises(Refused, match="もうあります"):
        made(oonishi)
    retire_stamp(oonishi, first)
    made(oonishi)
    with pytest.raises(Refused, match="もうあります"):
        offer_stamp(oonishi, first)
    page = signed_in(oonishi).post(f"{INDEX}{first.pk}/retirement/", {"deed": "offer"}, follow=True)
    assert "その名前のスタンプはもうあります。" in page.content.decode()


@pytest.mark.parametrize("key", ["tanaka", "hasegawa"])
def test_others_see_and_do_nothing_here(key):
    stamp, other = made(person("oonishi")), person(key)
    client = signed_in(other)
    for address in (INDEX, f"{INDEX}{stamp.pk}/", f"{INDEX}{stamp.pk}/retirement/"):
        assert client.post(address, sent()).status_code == 404
    assert [client.get(INDEX).status_code, client.get(f"{INDEX}{stamp.pk}/").status_code] == [404, 404]
    for deed in (lambda: made(other), lambda: rename_stamp(other, stamp, name="x", kana="あ")):
        with pytest.raises(Refused, match="事務局だけです"):
            deed()
    with pytest.raises(Refused, match="事務局だけです"):
        retire_stamp(other, stamp)
    assert list(OwnStamp.objects.values_list("name", "retired_at")) == [("市の花", None)]


def test_addresses_take_what_they_should(cast):
    oonishi, stamp = cast[0], made(cast[0])
    desk = signed_in(oonishi)
    assert [desk.get(f"{INDEX}999999/").status_code, desk.post(f"{INDEX}999999/").status_code] == [404, 404]
    assert desk.get(f"{INDEX}{stamp.pk}/retirement/").status_code == 405
    assert Client().get(INDEX).status_code == 302
    page = desk.get(INDEX).content.decode()
    assert (page.count("選べないようにする<"), 'href="/secretariat/stamps/" aria-current="page"' in page) == (
        1,
        True,
    )


def test_pages_cost_the_same_for_one_and_thirty_own_stamps(cast, django_assert_num_queries):
    oonishi, tanaka, post = cast
    for number in range(30):
        react(tanaka, post, stamp=made(oonishi, f"花{number}").code)
    reader = signed_in(tanaka)
    reader.get(f"/posts/{post.pk}/reactions/", **PART)
    fragments.cache.clear()
    rows = Reaction.objects.counts_of([post.pk])[post.pk]
    assert [len(rows), Post.objects.count()] == [30, 1]
    with django_assert_num_queries(2):
        Reaction.objects.counts_of([post.pk])
