"""Files that members choose: one on its way, and those that go with a post."""

from collections.abc import Sequence
from functools import cached_property
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Member
from channels_app.actions.attachments import upload
from channels_app.actions.refusals import Refused
from channels_app.models import Attachment
from kyoso.lib import files

STRANGE_FILE = "添えるファイルを読み取れませんでした。ファイルを選び直してください。"
NONE_CHOSEN = "ファイルを選んでください。"


class UploadForm(forms.Form):
    """One file. `keep` stores it or says why not, with the file's name in front."""

    upload = forms.FileField(allow_empty_file=True, error_messages={"required": NONE_CHOSEN})
    status = 422

    def clean_upload(self):
        """Refuses what is too large before it is read."""
        chosen = self.cleaned_data["upload"]
        if chosen.size > files.LARGEST_FILE:
            raise ValidationError(_about(chosen, files.TOO_LARGE))
        return chosen

    def keep(self, member) -> Attachment | None:
        """The stored file, or None with the reason beside the field; only after `is_valid`."""
        chosen = self.cleaned_data["upload"]
        try:
            return upload(member, chosen.read(), chosen.name)
        except files.BadFile as error:
            self.add_error("upload", _about(chosen, str(error)))
        except Refused as refusal:
            self.status = 403
            self.add_error("upload", str(refusal))
        return None


def _about(chosen, sentence: str) -> str:
    name = files.shown_name(chosen.name)
    return f"「{name}」：{sentence}" if name else sentence


class KeysField(forms.Field):
    """The keys of uploaded files, in order, each once."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: list[str] | None) -> tuple[UUID, ...]:
        """Refuses what is no key; whose file it is, the deed looks up."""
        try:
            return tuple(dict.fromkeys(UUID(key) for key in value or ()))
        except ValueError:
            raise ValidationError(STRANGE_FILE) from None


class WithFiles(forms.Form):
    """A form whose files were uploaded before: `file` holds their keys.

    `uploader` is the member who sends it, `refusals` are sentences about files that came with the form itself
    and were not taken: without scripts the browser sends them together with the text.
    """

    file = KeysField(required=False)
    uploader: Member | None = None
    refusals: Sequence[str] = ()
    accepted = files.ACCEPTED

    @cached_property
    def waiting(self) -> list[Attachment]:
        """The files that still wait to be sent with this form, in order."""
        if not self.is_bound or self.uploader is None or "file" not in self.fields:
            return []
        typed = self.fields["file"].widget.value_from_datadict(self.data, self.files, self.add_prefix("file"))
        keys = [key for key in typed or () if _is_key(key)]
        rows = Attachment.objects.waiting_of(self.uploader).filter(key__in=keys)
        return sorted(rows, key=lambda row: keys.index(str(row.key)))

    def tell_refusals(self) -> None:
        """Put what was wrong with the files beside their field."""
        for sentence in self.refusals:
            self.add_error("file", sentence)


def _is_key(typed: str) -> bool:
    try:
        return str(UUID(typed)) == typed
    except ValueError:
        return False
