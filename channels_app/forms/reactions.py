"""Why a member sees it differently: the reason for a 違うかも."""

from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError

from channels_app.actions.doubts import doubt, doubt_privately
from channels_app.forms.deeds import DeedForm
from channels_app.forms.posts import BROKEN, STALE, wording
from channels_app.models import Post, Reaction

NOTE_LIMIT = Reaction._meta.get_field("note").max_length or 0
TOO_LONG = (
    "投稿した人だけに伝える文は{limit}文字までです（いま{length}文字）。短くするか、返信にしてください。"
)
NO_REASON = "理由を入力してください。ひとことでもかまいません。"
NOBODY = "だれに伝えるかを選んでください。"


class DoubtForm(DeedForm):
    """`text`, the reason; `to`, whether everybody reads it as a reply or the author alone; `cid`."""

    text = forms.CharField(
        label="理由",
        strip=False,
        error_messages={"required": NO_REASON, "null_characters_not_allowed": BROKEN},
        widget=forms.Textarea(attrs={"class": "ky-textarea", "rows": 4}),
    )
    to = forms.ChoiceField(
        label="だれに伝えますか",
        choices=[
            ("reply", "スレッドに返信として書く（みんなが読めます）"),
            ("author", "投稿した人だけに伝える（ほかの人には見えません）"),
        ],
        initial="reply",
        widget=forms.RadioSelect,
        error_messages={"required": NOBODY, "invalid_choice": NOBODY},
    )
    cid = forms.UUIDField(error_messages={"required": STALE, "invalid": STALE}, widget=forms.HiddenInput)
    refused_field = "text"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Django's own check would speak of "NULL" to people who never heard of it.
        self.fields["text"].validators = []

    def clean_text(self) -> str:
        """The text as it is stored (channels_app.forms.posts.wording)."""
        if not self.cleaned_data["text"].strip():
            raise ValidationError(NO_REASON)
        return wording(self.cleaned_data["text"])

    def clean(self) -> dict:
        """A private reason is a note; it is shorter than a post."""
        facts = super().clean() or {}
        length = len(facts.get("text", ""))
        if facts.get("to") == "author" and length > NOTE_LIMIT:
            raise ValidationError({"text": TOO_LONG.format(limit=NOTE_LIMIT, length=length)})
        return facts

    @property
    def fresh_cid(self) -> UUID:
        """The id of the next attempt: that of this one while it changed nothing, so that it is said once."""
        kept = self.cleaned_data.get("cid") if self.is_bound and hasattr(self, "cleaned_data") else None
        return kept or uuid4()

    def tell(self, member, post: Post) -> Post | None:
        """Tell the reason as chosen; None with the cause beside the text when it was refused."""
        facts = self.cleaned_data
        if facts["to"] == "author":
            return self.attempt(doubt_privately, member, post, note=facts["text"])
        return self.attempt(doubt, member, post, text=facts["text"], cid=facts["cid"])
