"""An own stamp: its picture, name and reading."""

import re

from django import forms
from django.core.exceptions import ValidationError

from channels_app.models import OwnStamp
from kyoso.lib.japanese import nfkc, to_hiragana
from kyoso.lib.pictures import BadPicture
from kyoso.lib.stamp_pictures import stamp_picture

READING = re.compile(r"[ぁ-ゖー]+( [ぁ-ゖー]+)*")
BAD_READING = "よみは、ひらがなで入力してください。いくつか書くときは、空白で区切ります。"


class StampWordsForm(forms.ModelForm):
    """Name and reading of a stamp."""

    class Meta:
        model = OwnStamp
        fields = ("name", "kana")
        help_texts = {
            "name": "20文字まで。押した人の数の前に出ます。",
            "kana": "ひらがなで。「おつ」のような途中までの言葉でも見つかります。",
        }

    def clean_name(self) -> str:
        """Width folded, one space between words."""
        return " ".join(nfkc(self.cleaned_data["name"]).split())

    def clean_kana(self) -> str:
        """Readings in hiragana, separated by spaces; katakana is turned into it."""
        kana = " ".join(to_hiragana(nfkc(self.cleaned_data["kana"])).split())
        if not READING.fullmatch(kana):
            raise ValidationError(BAD_READING)
        return kana


class StampForm(StampWordsForm):
    """A new stamp. Afterwards `drawn` is its picture as it will be served."""

    picture = forms.FileField(
        label="画像",
        help_text="PNG、JPEG、WebP、GIF（動かないもの）。1MBまで。128画素の正方形に描き直し、撮影場所などは残しません。",
        error_messages={"required": "画像を選んでください。", "empty": "ファイルが空です。"},
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    field_order = ("picture", "name", "kana")

    def clean_picture(self) -> None:
        """What is left of the upload is its picture, drawn anew."""
        try:
            self.drawn = stamp_picture(self.cleaned_data["picture"].read())
        except BadPicture as error:
            raise ValidationError(str(error)) from error
