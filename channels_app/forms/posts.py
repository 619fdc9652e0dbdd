"""What members type: the wording of a post, and the client's id of the attempt."""

import unicodedata
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError

from channels_app import moments
from channels_app.forms.attachments import WithFiles
from channels_app.forms.deeds import DeedForm
from channels_app.models.posts import TEXT_LIMIT
from kyoso.lib import markdown

EMPTY = "本文を入力してください。"
TOO_LONG = "本文は{limit:,}文字までです（いま{length:,}文字）。分けて投稿してください。"
BROKEN = "読み取れない文字が含まれています。文字化けした部分を消してから、もう一度お試しください。"
STALE = "送信できませんでした。もう一度「送信」を押してください。"
UNTITLED = "質問の見出しを入力してください。何を知りたいかを一行で書くと、答えが集まりやすくなります。"
LONG_TITLE = "質問の見出しは80文字までです。くわしい内容は本文に書いてください。"

# Explicit bidirectional formatting reorders what a reader sees; Japanese text has no use for it. Marks and
# isolating by the element itself (<p>) stay, and so do joiners and variation selectors (外字, 旧字体).
REORDERING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
UNREADABLE = "\x00\ufffd"  # a NUL, and what a decoder leaves of broken UTF-8
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"  # letters and signs that show nothing


class PostForm(WithFiles, DeedForm):
    """A post or a reply: `text` in Markdown and `cid`, the browser's id of this attempt.

    `question` makes a post a question with a `title`; `in_channel` shows a reply in the channel as well;
    `file` are the keys of uploaded files. `cleaned_data` are the keyword arguments of publish_post. `preview`
    is the text as it would look, when the member asked for that.
    """

    text = forms.CharField(
        label="本文",
        strip=False,
        required=False,  # files may stand alone; the page's style asks the browser whether there is text
        error_messages={"null_characters_not_allowed": BROKEN},
        widget=forms.Textarea(attrs={"class": "ky-composer__text", "rows": 1, "required": True}),
    )
    cid = forms.UUIDField(error_messages={"required": STALE, "invalid": STALE}, widget=forms.HiddenInput)
    question = forms.BooleanField(label="質問として投稿", required=False)
    title = forms.CharField(
        label="質問の見出し（80文字まで）",
        required=False,
        max_length=80,
        error_messages={"max_length": LONG_TITLE, "null_characters_not_allowed": BROKEN},
        widget=forms.TextInput(attrs={"class": "ky-input", "data-size": "small", "autocomplete": "off"}),
    )
    in_channel = forms.BooleanField(label="チャンネルにも表示する", required=False)
    refused_field = "text"
    preview = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Django's own check would speak of "NULL" to people who never heard of it.
        self.fields["text"].validators = []

    def clean_text(self) -> str:
        """The text as it is stored: line ends as \\n, nothing at the end, no reordering controls.

        Refuses text that is longer than 10,000 characters or came broken, and, without files, text that
        shows nothing.
        """
        text = legible(self.cleaned_data["text"])
        if shows_something(text):
            return text
        if not (self.cleaned_data.get("file") or self.refusals):
            raise ValidationError(EMPTY)
        return ""

    def clean_title(self) -> str:
        """One line without reordering controls."""
        title = " ".join(self.cleaned_data["title"].translate(REORDERING).split())
        if any(character in UNREADABLE or "\ud800" <= character <= "\udfff" for character in title):
            raise ValidationError(BROKEN)
        return title

    def clean(self) -> dict:
        """A question needs a title that shows something; without the choice a title is dropped."""
        said: dict = super().clean() or {}
        self.tell_refusals()
        asks = said.pop("question", False)
        if asks and "title" in said and not any(map(_visible, said["title"])):
            self.add_error("title", UNTITLED)
        said["files"] = said.pop("file", ())
        return said if asks else said | {"title": ""}

    def continuing(self, draft: str | None, title: str = "") -> "PostForm":
        """The same form with an unsent text before whatever it quotes; what was sent stays as it is."""
        if draft and not self.is_bound:
            self.initial["text"] = "\n\n".join(filter(None, [draft, self.initial.get("text")]))
        if title and not self.is_bound:
            self.initial = {**self.initial, "question": True, "title": title}
        return self

    @property
    def moments(self) -> list[moments.Moment]:
        """Near moments at which it may be published instead of now."""
        return moments.suggestions()

    @property
    def fresh_cid(self) -> UUID:
        """The id for the next attempt: the same one when this attempt changed nothing and the id is good."""
        return self.cleaned_data.get("cid") or uuid4() if self.is_bound and self.errors else uuid4()


class EditForm(PostForm):
    """The new wording of a post; there is no attempt to number."""

    cid = question = title = in_channel = file = None  # type: ignore[assignment]  # how Django drops a field

    def clean(self) -> dict:
        """Nothing but the wording."""
        return self.cleaned_data

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs |= {"class": "ky-textarea", "rows": 8}


class ReadForm(forms.Form):
    """How far a member has read: the event number `upto`, or everything when it is left out."""

    upto = forms.IntegerField(min_value=0, required=False)
    status = 422


def wording(text: str) -> str:
    """Typed text as it is stored; raises ValidationError with a sentence for the member."""
    text = legible(text)
    if not shows_something(text):
        raise ValidationError(EMPTY)
    return text


def legible(text: str) -> str:
    """The same, but it may be empty."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(REORDERING).rstrip()
    if any(character in UNREADABLE or "\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError(BROKEN)
    if len(text) > TEXT_LIMIT:
        raise ValidationError(TOO_LONG.format(limit=TEXT_LIMIT, length=len(text)))
    return text


def shows_something(text: str) -> bool:
    """Whether a reader would see anything of it: not only spaces, invisible marks or empty Markdown."""
    if not any(map(_visible, text)):
        return False
    html = markdown.to_html(text)
    return "<hr" in html or any(map(_visible, markdown.excerpt(html, TEXT_LIMIT)))


def _visible(character: str) -> bool:
    return unicodedata.category(character)[0] not in "ZCM" and character not in BLANK_LETTERS
