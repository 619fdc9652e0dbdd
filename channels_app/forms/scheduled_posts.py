"""What members type for a post that is published later: its text and its moment."""

from datetime import datetime

from django import forms
from django.utils import timezone

from channels_app import moments
from channels_app.forms.posts import PostForm

NO_DAY = "日付を選んでください。"
NO_TIME = "時刻を選んでください。"
NO_FILES = "ファイルを付けた投稿は予約できません。ファイルを外すか、いま送信してください。"


class ScheduledPostForm(PostForm):
    """A post with the moment of its publication, Japanese time.

    `moment` is one of the near moments of a button (ISO 8601, without a zone); without it `publish_on` and
    `publish_time` say when. `cleaned_data` are the keyword arguments of schedule_post.
    """

    moment = forms.CharField(required=False)
    publish_on = forms.DateField(
        label="日付",
        required=False,
        error_messages={"invalid": NO_DAY},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "ky-input"}),
    )
    publish_time = forms.TimeField(
        label="時刻",
        required=False,
        error_messages={"invalid": NO_TIME},
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "ky-input"}),
    )

    def clean(self) -> dict:
        """The moment must lie ahead, and within a year."""
        said = super().clean()
        if said.pop("files"):
            self.add_error("text", NO_FILES)
        day, at = said.pop("publish_on", None), said.pop("publish_time", None)
        chosen = self._near(said.pop("moment", "")) or (datetime.combine(day, at) if day and at else None)
        if chosen is None:
            self._ask(day, at)
            return said
        moment = moments.at(chosen)
        if sentence := moments.refusal(moment):
            self.add_error("publish_on", sentence)
        return said | {"publish_at": moment}

    def _near(self, typed: str) -> datetime | None:
        try:
            return datetime.fromisoformat(typed).replace(tzinfo=None)
        except ValueError:
            return None

    def _ask(self, day, at) -> None:
        """Say what is missing, unless it is said already."""
        if day is None and "publish_on" not in self.errors:
            self.add_error("publish_on", NO_DAY)
        if at is None and "publish_time" not in self.errors:
            self.add_error("publish_time", NO_TIME)


class ScheduledPostEditForm(ScheduledPostForm):
    """The new text and moment of a post that waits; there is no attempt to number."""

    cid = in_channel = file = moment = None  # type: ignore[assignment]  # how Django drops an inherited field

    def __init__(self, *args, row, **kwargs):
        moment = timezone.localtime(row.publish_at)
        initial = {"text": row.text, "title": row.title, "question": bool(row.title)}
        initial |= {"publish_on": moment.date(), "publish_time": moment.time()}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["text"].widget.attrs |= {"class": "ky-textarea", "rows": 8}
        for name in () if row.title else ("title", "question"):
            del self.fields[name]
