"""What the secretariat types about channels and their proposals."""

import re

from django import forms
from django.core.exceptions import ValidationError

from accounts.models.organisations import PREFECTURE_NAMES
from channels_app.forms.channels import LineField, lines
from channels_app.forms.deeds import DeedForm
from channels_app.models import Channel
from kyoso.lib.japanese import nfkc, to_hiragana
from secretariat.forms.organisations import SURE

# Words that stand below /channels/ themselves (channels_app/urls_channels.py) or below the desk's (urls.py).
RESERVED = {"arrangement", "entreaties", "groups", "new", "proposals"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KANA = re.compile(r"[ぁ-ゖー・ 0-9]*")
KINDS = [(kind.value, kind.label) for kind in Channel.Kind if kind not in Channel.CLOSED_KINDS]
PLACES = [("", "なし"), *PREFECTURE_NAMES.items()]
CLASSES = [("", "なし"), *Channel.PeerClass.choices]


class SlugField(LineField):
    """The address of a channel."""

    def __init__(self, **kwargs):
        super().__init__(
            folded=True,
            label="アドレス",
            help_text="半角の英小文字と数字を、ハイフンでつなぎます。50文字まで。例：koutei-shisan",
            max_length=50,
            error_messages={"required": "アドレスを入力してください。"},
            **kwargs,
        )

    def clean(self, value):
        """Lower case, digits and hyphens; no word that the site itself uses."""
        slug = super().clean(value).lower()
        if not SLUG.fullmatch(slug):
            raise ValidationError("アドレスは、半角の英小文字と数字をハイフンでつないでください。")
        if slug in RESERVED:
            raise ValidationError("このアドレスは使えません。別の言葉にしてください。")
        return slug


class DescriptionForm(DeedForm):
    """What a channel is called and meant for."""

    name = LineField(
        label="名前", max_length=40, folded=True, error_messages={"required": "名前を入力してください。"}
    )
    kana = LineField(
        label="読み", help_text="ひらがなで。並び順と検索に使います。", max_length=80, required=False
    )
    purpose = LineField(
        label="目的",
        help_text="200文字まで。",
        max_length=200,
        widget=lines(2),
        error_messages={"required": "目的を書いてください。"},
    )
    kind = forms.ChoiceField(
        label="種別", choices=KINDS, error_messages={"required": "種別を選んでください。"}
    )
    category = LineField(
        label="分類", help_text="一覧の見出しになります。例：分野別", max_length=20, required=False
    )
    prefecture_code = forms.ChoiceField(label="都道府県（地域のとき）", choices=PLACES, required=False)
    peer_class = forms.ChoiceField(label="団体の区分（地域のとき）", choices=CLASSES, required=False)
    by_default = forms.BooleanField(label="新しい会員は、はじめから参加する", required=False)

    def clean_kana(self) -> str:
        """The reading in hiragana."""
        kana = to_hiragana(nfkc(self.cleaned_data["kana"]))
        if not KANA.fullmatch(kana):
            raise ValidationError("読みは、ひらがなで入力してください。")
        return kana

    def clean(self) -> dict:
        """A regional channel is for a prefecture or a class; no other kind is."""
        facts = super().clean() or self.cleaned_data
        for_somebody = bool(facts.get("prefecture_code") or facts.get("peer_class"))
        if facts.get("kind") == Channel.Kind.REGIONAL and not for_somebody:
            self.add_error("prefecture_code", "地域のチャンネルには、都道府県か団体の区分を選んでください。")
        if facts.get("kind") and facts["kind"] != Channel.Kind.REGIONAL and for_somebody:
            self.add_error("kind", "都道府県や区分を選べるのは、種別が「地域」のときだけです。")
        return facts


class NewChannelForm(DescriptionForm):
    """A channel to be opened."""

    slug = SlugField()
    field_order = ("name", "kana", "slug")


class AddressForm(DeedForm):
    """Another address."""

    slug = SlugField()


class MergerForm(DeedForm):
    """Into which channel another one goes."""

    into = LineField(
        label="統合先",
        help_text="統合先のアドレスか、名前。",
        max_length=60,
        folded=True,
        error_messages={"required": "統合先を入力してください。"},
    )
    sure = forms.BooleanField(label=SURE, error_messages={"required": "チェックを入れてください。"})

    def __init__(self, *args, channels, **kwargs):
        super().__init__(*args, **kwargs)
        self.channels = channels

    def clean_into(self) -> Channel:
        """The channel that is meant, exactly one."""
        typed = self.cleaned_data["into"].removeprefix("#")
        found = list(self.channels.filter(slug=typed.lower())) or list(self.channels.filter(name=typed)[:2])
        if len(found) != 1:
            raise ValidationError("この統合先が見つかりません。アドレスで入力してください。")
        return found[0]


class GrantForm(DeedForm):
    """The channel that a proposal becomes, and a word to everybody."""

    slug = SlugField()
    kana = DescriptionForm.base_fields["kana"]
    category = DescriptionForm.base_fields["category"]
    answer = LineField(
        label="事務局からの返事",
        help_text="会員みんなが読みます。400文字まで。",
        max_length=400,
        required=False,
        widget=lines(3),
    )
    clean_kana = DescriptionForm.clean_kana


class DeclineForm(DeedForm):
    """Why there will be no such channel."""

    answer = LineField(
        label="お断りの理由",
        help_text="会員みんなが読みます。400文字まで。",
        max_length=400,
        widget=lines(3),
        error_messages={"required": "お断りの理由を書いてください。"},
    )
