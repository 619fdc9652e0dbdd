"""What a composer sends while somebody is typing."""

from django import forms
from django.core.exceptions import ValidationError

from channels_app.forms.posts import BROKEN, UNREADABLE

LIMIT = 100_000  # characters: more than a post may have, because shortening is part of writing
TOO_LONG = "下書きに保存できるのは10万文字までです。"


class DraftForm(forms.Form):
    """An unsent text as it stands, and `cid`, the id of the attempt it would be sent with."""

    text = forms.CharField(required=False, strip=False)
    title = forms.CharField(required=False, max_length=80, strip=False)
    cid = forms.UUIDField(required=False)
    status = 422

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].validators = []

    def clean_title(self) -> str:
        """The title, if it can be kept."""
        return keepable(self.cleaned_data["title"])

    def clean_text(self) -> str:
        """Line ends as \\n; nothing else is corrected. Refuses what the database cannot hold."""
        text = keepable(self.cleaned_data["text"].replace("\r\n", "\n").replace("\r", "\n"))
        if len(text) > LIMIT:
            raise ValidationError(TOO_LONG)
        return text


def keepable(text: str) -> str:
    """The same text; raises ValidationError for what no database can hold or came broken."""
    if any(character in UNREADABLE or "\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError(BROKEN)
    return text
