"""What a member tells about themselves, and how the secretariat changes a name or role."""

import re

from django import forms
from django.core.exceptions import ValidationError

from accounts.forms.texts import clean_kana, clean_name, one_line, visible
from accounts.models import Member
from kyoso.lib.japanese import nfkc
from kyoso.lib.pictures import BadPicture, squares

BETWEEN_WORDS = re.compile(r"[,，、､;；\n]")
LONGEST_WORD, MOST_WORDS = 30, 12
TOO_MANY_PICTURES = (
    "写真を送れるのは、1時間に10回までです。しばらく待ってから選び直してください。"
    "ほかの項目は、写真を選ばなければ保存できます。"
)


class ProfileForm(forms.Form):
    """Introduction, expertise and picture. Afterwards `squares` is the new picture, or None.

    `may_upload` is False for who sent too many pictures: then a file is refused before it is decoded.
    """

    may_upload = True
    squares: dict[int, bytes] | None = None
    introduction = forms.CharField(
        label="自己紹介",
        help_text="これまでの仕事や、いま取り組んでいることなど。400文字まで。",
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    helps_with = forms.CharField(
        label="お手伝いできること",
        help_text="言葉を「、」で区切ってください。例：住民記録、標準化の移行、おくやみ窓口。会員をさがすときに使われます。",
        max_length=200,
        required=False,
    )
    picture = forms.FileField(
        label="写真",
        help_text="JPEG・PNG・WebP、5MBまで。真ん中を正方形に切り抜きます。撮影場所などの情報は残しません。",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def clean_introduction(self) -> str:
        """The visible text."""
        return visible(self.cleaned_data["introduction"]).strip()

    def clean_helps_with(self) -> str:
        """Words without repetition, joined by 、; raises ValidationError for too many or too long ones."""
        words = [one_line(nfkc(word)) for word in BETWEEN_WORDS.split(self.cleaned_data["helps_with"])]
        words = list(dict.fromkeys(word for word in words if word))
        if len(words) > MOST_WORDS:
            raise ValidationError(f"{MOST_WORDS}個までにしてください。")
        if long := next((word for word in words if len(word) > LONGEST_WORD), ""):
            raise ValidationError(f"ひとつの言葉は{LONGEST_WORD}文字までです：{long[:LONGEST_WORD]}…")
        return "、".join(words)

    def clean_picture(self) -> None:
        """Decode the file here, so that a bad one is told beside the field and nothing is changed."""
        if file := self.cleaned_data["picture"]:
            if not self.may_upload:
                raise ValidationError(TOO_MANY_PICTURES)
            try:
                self.squares = squares(file.read())
            except BadPicture as error:
                raise ValidationError(str(error)) from error

    def facts(self) -> dict:
        """The arguments of `edit_profile`."""
        texts = {field: self.cleaned_data[field] for field in ("introduction", "helps_with")}
        return texts | {"squares": self.squares}


class NameForm(forms.Form):
    """A member's name and its reading."""

    name = forms.CharField(
        label="氏名",
        help_text="姓と名のあいだに空白を入れてください。",
        max_length=60,
        error_messages={"required": "氏名を入力してください。"},
    )
    kana = forms.CharField(
        label="ふりがな", max_length=80, error_messages={"required": "ふりがなを入力してください。"}
    )

    def clean_name(self) -> str:
        """Family name, space, given name."""
        return clean_name(self.cleaned_data["name"])

    def clean_kana(self) -> str:
        """The reading in hiragana."""
        return clean_kana(self.cleaned_data["kana"])


class RoleForm(forms.Form):
    """What a member may decide."""

    role = forms.ChoiceField(
        label="役割",
        choices=Member.Role.choices,
        error_messages={"required": "役割を選んでください。", "invalid_choice": "役割を選び直してください。"},
    )
