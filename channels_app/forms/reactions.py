"""Why a member sees it differently: the reason for a 違うかも."""

from django import forms
from django.core.exceptions import ValidationError

from channels_app.actions.doubts import doubt, doubt_privately
from channels_app.forms.posts import PostForm
from channels_app.models import Reaction

NOTE_LIMIT = Reaction._meta.get_field("note").max_length or 0
TOO_LONG = (
    "投稿した人だけに伝える文は{limit}文字までです（いま{length}文字）。短くするか、返信にしてください。"
)
NO_REASON = "理由を入力してください。ひとことでもかまいません。"


class DoubtForm(PostForm):
    """`text`, the reason; `to`, whether everybody reads it as a reply or the author alone; `cid`."""

    to = forms.ChoiceField(
        label="だれに伝えますか",
        choices=[
            ("reply", "スレッドに返信として書く（みんなが読めます）"),
            ("author", "投稿した人だけに伝える（ほかの人には見えません）"),
        ],
        initial="reply",
        widget=forms.RadioSelect,
        error_messages={"required": "だれに伝えるかを選んでください。"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        text = self.fields["text"]
        text.label = "理由"
        text.error_messages |= {"required": NO_REASON}
        text.widget.attrs |= {"class": "ky-textarea", "rows": 4}

    def clean(self) -> dict:
        """A private reason is a note; it is shorter than a post."""
        facts = super().clean() or {}
        length = len(facts.get("text", ""))
        if facts.get("to") == "author" and length > NOTE_LIMIT:
            raise ValidationError({"text": TOO_LONG.format(limit=NOTE_LIMIT, length=length)})
        return facts

    def tell(self, member, post):
        """Tell the reason as chosen; None with the cause beside the text when it was refused."""
        facts = self.cleaned_data
        if facts["to"] == "author":
            return self.attempt(doubt_privately, member, post, note=facts["text"])
        return self.attempt(doubt, member, post, text=facts["text"], cid=facts["cid"])
