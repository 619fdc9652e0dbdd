"""Files on their way: chosen, pasted, dropped, taken out, sent, seen elsewhere; by keyboard, on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from channels_app.models import Attachment
from tests import documents, factories
from tests.browser.walker import PHONE
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
WAITING = "#composer .ky-waiting__file"
REPORT = {"name": "会議資料.pdf", "mimeType": "application/pdf", "buffer": documents.pdf()}
PHOTO = {"name": "窓口.jpg", "mimeType": "image/jpeg", "buffer": documents.picture("JPEG", (800, 600))}
# Puts a file on the clipboard or the pointer, as the browser itself would.
EVENT = """([selector, kind, name, type, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([Uint8Array.from(text, (sign) => sign.charCodeAt(0))], name, {type}));
  const more = kind === "paste" ? {clipboardData: carried} : {dataTransfer: carried};
  const made = kind === "paste" ? ClipboardEvent : DragEvent;
  const event = new made(kind, {bubbles: true, cancelable: true, ...more});
  return document.querySelector(selector).dispatchEvent(event);
}"""


def carry(one, kind: str, selector: str, name: str, content: bytes, media_type: str = "image/png") -> bool:
    """True when the page left the event to the browser."""
    return one.page.evaluate(EVENT, [selector, kind, name, media_type, content.decode("latin-1")])


def choose(one, *files) -> None:
    one.page.locator("#composer textarea").click()
    one.page.set_input_files("#composer [data-attach-field]", list(files))


def test_a_file_is_chosen_sent_and_seen_elsewhere_at_once(cast, arrive):
    tanaka, miura, _ = cast
    one, other = arrive(tanaka), arrive(miura)
    choose(one, REPORT, PHOTO)
    expect(one.page.locator(WAITING)).to_have_text(
        ["会議資料.pdf（PDF、1KB）外す", "窓口.jpg（JPEG、4KB）外す"]
    )
    expect(one.page.locator("#composer button[type=submit]").last).to_have_attribute("data-kind", "fill")
    one.say("資料です。")
    expect(one.page.locator(WAITING)).to_have_count(0)
    link = other.page.get_by_role("link", name="会議資料.pdf（PDF、1KB）")
    expect(link).to_be_visible()
    small = other.page.get_by_role("img", name="窓口.jpg")
    assert [small.get_attribute(side) for side in ("width", "height")] == ["320", "240"]
    seen = "image => image.complete && image.naturalWidth"
    until(lambda: small.evaluate(seen) == 640, what="the small picture")
    with other.page.expect_download() as found:
        link.click()
    assert found.value.suggested_filename == "会議資料.pdf"
    assert found.value.path().read_bytes() == documents.pdf()


def test_files_stand_alone(cast, arrive):
    one = arrive(cast[0])
    choose(one, REPORT)
    expect(one.page.locator(f"{WAITING}[data-key]")).to_have_count(1)
    one.page.locator("#composer textarea").press("Control+Enter")
    expect(one.posts().get_by_role("link", name="会議資料.pdf（PDF、1KB）")).to_be_visible()
    assert one.page.locator("#composer .ky-field__error").count() == 0


def test_a_reply_takes_files_of_its_own(cast, arrive):
    tanaka, miura, channel = cast
    root = factories.post(miura, channel)
    one = arrive(tanaka)
    one.page.locator(f"#post-{root.pk} [data-thread]").first.click()
    one.page.locator("#thread form textarea").click()
    one.page.set_input_files("#thread form [data-attach-field]", [REPORT])
    expect(one.page.locator("#thread .ky-waiting__file[data-key]")).to_have_count(1)
    assert one.page.locator(WAITING).count() == 0
    one.page.locator("#thread form textarea").press("Control+Enter")
    link = one.page.locator("#thread-posts").get_by_role("link", name="会議資料.pdf（PDF、1KB）")
    expect(link).to_be_visible()
    expect(one.page.locator("#thread .ky-waiting__file")).to_have_count(0)


def test_a_picture_is_pasted_and_a_text_with_a_picture_of_itself_stays_a_text(cast, arrive):
    one = arrive(cast[0])
    one.page.locator("#composer textarea").click()
    assert carry(one, "paste", "#composer textarea", "image.png", documents.picture()) is False
    expect(one.page.locator(WAITING)).to_have_text(["貼り付けた画像.png（PNG、1KB）外す"])
    with_text = EVENT.replace("const more", 'carried.setData("text/plain", "a\\tb"); const more')
    assert (
        one.page.evaluate(with_text, ["#composer textarea", "paste", "image.png", "image/png", "x"]) is True
    )
    expect(one.page.locator(WAITING)).to_have_count(1)


def test_a_file_is_dropped_onto_the_composer_and_beside_it_nothing_happens(cast, arrive):
    one = arrive(cast[0])
    content = documents.pdf()
    assert carry(one, "dragover", "#composer textarea", "a.pdf", content) is False
    expect(one.page.locator("#composer[data-drop]")).to_have_count(1)
    assert carry(one, "drop", "#timeline", "b.pdf", content) is False
    assert carry(one, "drop", "#composer textarea", "a.pdf", content) is False
    expect(one.page.locator(WAITING)).to_have_text(["a.pdf（PDF、1KB）外す"])
    expect(one.page.locator("[data-drop]")).to_have_count(0)


def test_a_file_is_attached_and_taken_out_by_keyboard(cast, arrive):
    one = arrive(cast[0])
    one.page.locator("#composer textarea").focus()
    field = one.page.locator("#composer [data-attach-field]")
    # Asked for before the walk: keys travel to the page on another way than "hand me the dialog" and may
    # overtake it, the questions of the walk may not.
    with one.page.expect_file_chooser() as chooser:
        for _ in range(20):
            if field.evaluate("field => field === document.activeElement"):
                break
            one.page.keyboard.press("Tab")
        one.page.keyboard.press("Space")
    chooser.value.set_files(REPORT)
    expect(one.page.locator(f"{WAITING}[data-key]")).to_have_count(1)
    assert Attachment.objects.count() == 1
    remove = one.page.get_by_role("button", name="会議資料.pdf（PDF、1KB）を外す")
    remove.focus()
    one.page.keyboard.press("Enter")
    expect(one.page.locator(WAITING)).to_have_count(0)
    expect(field).to_be_focused()
    until(lambda: not Attachment.objects.exists(), what="the server to forget the file")


def test_a_refused_file_says_why_and_the_others_stay(cast, arrive):
    one = arrive(cast[0])
    page = {
        "name": "図.svg",
        "mimeType": "image/svg+xml",
        "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    choose(one, page, REPORT)
    sentence = "「図.svg」：HTMLやSVGは添付できません。PDFか画像にしてから選び直してください。"
    expect(one.page.locator(f"{WAITING}[data-failed] [role=alert]")).to_have_text(sentence)
    expect(one.page.locator(f"{WAITING}[data-key]")).to_have_count(1)
    one.page.get_by_role("button", name="閉じる").click()
    expect(one.page.locator(WAITING)).to_have_text(["会議資料.pdf（PDF、1KB）外す"])


def test_a_text_that_comes_back_brings_its_files(cast, arrive):
    one = arrive(cast[0])
    choose(one, REPORT)
    expect(one.page.locator(f"{WAITING}[data-key]")).to_have_count(1)
    one.say("あ" * 10_001)
    expect(one.page.locator("#composer .ky-field__error")).to_contain_text("10,000文字まで")
    expect(one.page.locator(WAITING)).to_have_text(["会議資料.pdf（PDF、1KB）外す"])
    one.say("短くしました。")
    expect(one.posts().get_by_role("link", name="会議資料.pdf（PDF、1KB）")).to_be_visible()


def test_on_a_phone_everything_fits_and_is_large_enough(cast, arrive):
    one = arrive(cast[0], PHONE)
    choose(
        one, REPORT | {"name": "令和八年度の窓口改革に関する打ち合わせ資料（たいへん長い名前）.pdf"}, PHOTO
    )
    expect(one.page.locator(f"{WAITING}[data-key]")).to_have_count(2)
    for found in ("#composer .ky-attach", f"{WAITING} >> nth=0"):
        assert one.page.locator(found).bounding_box()["height"] >= 44
    one.page.locator("#composer").get_by_role("button", name="送信").click()
    expect(one.posts().get_by_role("img", name="窓口.jpg")).to_be_visible()
    assert one.page.evaluate("document.documentElement.scrollWidth") == 390


def test_axe_finds_nothing_beside_files_that_wait_and_files_that_stand(cast, arrive):
    one = arrive(cast[0])
    choose(one, REPORT, PHOTO)
    expect(one.page.locator(f"{WAITING}[data-key]")).to_have_count(2)
    one.say("資料です。")
    expect(one.posts().get_by_role("img", name="窓口.jpg")).to_be_visible()
    choose(one, REPORT, {"name": "a.exe", "mimeType": "", "buffer": b"MZ\0\0"})
    expect(one.page.locator(f"{WAITING}[data-failed]")).to_have_count(1)
    found = Axe().run(one.page, options=AXE).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
