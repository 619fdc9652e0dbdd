"""What members type about channels: searching them, their settings, guides, groups, proposals, headings."""

from django import forms
from django.core.exceptions import ValidationError

from accounts.forms.members import KeptSelect
from accounts.forms.texts import one_line
from accounts.models.organisations import PREFECTURE_NAMES
from channels_app.forms.deeds import DeedForm
from channels_app.forms.posts import wording
from channels_app.models import Membership
from kyoso.lib.japanese import nfkc

PLACES = [("", "すべて"), *PREFECTURE_NAMES.items()]
SORTS = [("", "分類ごと"), ("name", "名前の順"), ("members", "参加者の多い順"), ("activity", "投稿の多い順")]
LONGEST_SEARCH = 100


class LineField(forms.CharField):
    """One visible line; width is folded when `folded` (names, not prose)."""

    def __init__(self, *, folded: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.folded = folded
        self.error_messages["max_length"] = f"{self.max_length}文字までで書いてください。"

    def clean(self, value):
        """The line; what shows nothing is missing."""
        line = one_line(super().clean(value))
        line = nfkc(line) if self.folded else line
        if self.required and not line:
            raise ValidationError(self.error_messages["required"])
        return line


def lines(rows: int) -> forms.Textarea:
    """A field of a few lines for a text of one paragraph."""
    return forms.Textarea(attrs={"rows": rows})


class ChannelSearchForm(forms.Form):
    """Words, category, region and order of the directory. What it does not understand counts as not said."""

    q = forms.CharField(label="名前や目的", max_length=LONGEST_SEARCH, required=False)
    category = forms.ChoiceField(label="分類", required=False)
    place = forms.ChoiceField(label="地域", choices=PLACES, required=False, widget=KeptSelect)
    sort = forms.ChoiceField(label="並べ方", choices=SORTS, required=False)

    def __init__(self, asked, *, categories=()):
        super().__init__(asked)
        choices = [("", "すべて"), *((name, name) for name in categories)]
        self.fields["category"].choices = choices  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for, by field; "" for nothing and for what cannot be."""
        self.full_clean()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


class SettingsForm(DeedForm):
    """What a member sets for themselves about one channel."""

    favourite = forms.BooleanField(
        label="お気に入りにする", help_text="チャンネルの一覧の、いちばん上に出ます。", required=False
    )
    muted = forms.BooleanField(
        label="ミュートする", help_text="一覧に未読の数を出しません。投稿はいつでも読めます。", required=False
    )
    level = forms.ChoiceField(
        label="お知らせに届くもの",
        choices=Membership.Level,
        widget=forms.RadioSelect,
        error_messages={"required": "どれかを選んでください。", "invalid_choice": "どれかを選んでください。"},
    )
    section = forms.ModelChoiceField(
        label="一覧での見出し",
        queryset=None,
        empty_label="種類ごとの見出し",
        required=False,
        error_messages={"invalid_choice": "この見出しはもうありません。選び直してください。"},
    )

    def __init__(self, *args, sections, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = sections  # type: ignore[attr-defined]


class SectionForm(DeedForm):
    """The name of a heading."""

    refused_field = "name"
    name = LineField(
        label="見出しの名前",
        help_text="20文字まで。あなたの画面にだけ出ます。",
        max_length=20,
        error_messages={"required": "見出しの名前を入力してください。"},
    )


class GuideForm(DeedForm):
    """The guide of a channel, in Markdown; empty for none."""

    text = forms.CharField(
        label="案内",
        help_text="参加の前に読む人もいます。何を聞いてよいか、どこを先に見ればよいかを書きます。1万文字まで。",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].validators = []  # as in PostForm: `wording` says it in Japanese

    def clean_text(self) -> str:
        """The text as posts are stored; "" for what shows nothing."""
        text = self.cleaned_data["text"]
        return wording(text) if text.strip() else ""


class ReasonForm(DeedForm):
    """A word with which somebody asks to be let in."""

    reason = LineField(
        label="ひとこと",
        help_text="代表者と世話役だけが読みます。200文字まで。",
        max_length=200,
        widget=lines(3),
        error_messages={"required": "ひとことを書いてください。"},
    )


class GroupForm(DeedForm):
    """A private channel to be founded."""

    name = LineField(
        label="名前",
        help_text="40文字まで。",
        max_length=40,
        folded=True,
        error_messages={"required": "名前を入力してください。"},
    )
    purpose = LineField(
        label="目的",
        help_text="参加する人に、何をする場か伝わるように。200文字まで。",
        max_length=200,
        widget=lines(3),
        error_messages={"required": "目的を書いてください。"},
    )
    listed = forms.BooleanField(
        label="名前と目的を、チャンネルの一覧に出す",
        help_text="参加をお願いできるようになります。投稿は参加者のほかには見えません。",
        required=False,
    )
    prefecture_code = forms.ChoiceField(
        label="一覧に出す相手",
        choices=[("", "すべての会員"), *((code, f"{name}の会員") for code, name in PREFECTURE_NAMES.items())],
        required=False,
    )


class ProposalForm(DeedForm):
    """A wish for a channel."""

    name = LineField(
        label="チャンネルの名前",
        help_text="40文字まで。例：公共施設予約",
        max_length=40,
        folded=True,
        error_messages={"required": "チャンネルの名前を入力してください。"},
    )
    purpose = LineField(
        label="目的",
        help_text="何を話す場か、一文で。200文字まで。",
        max_length=200,
        widget=lines(2),
        error_messages={"required": "目的を書いてください。"},
    )
    reason = LineField(
        label="なぜ必要か",
        help_text="いま困っていること、どこで話しているかなど。400文字まで。",
        max_length=400,
        widget=lines(4),
        error_messages={"required": "なぜ必要かを書いてください。"},
    )
