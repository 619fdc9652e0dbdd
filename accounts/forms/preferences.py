"""A member's own settings of how the site looks, sounds and answers."""

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Member

CHOOSE = {"required": "どれか1つを選んでください。", "invalid_choice": "表示されている中から選んでください。"}
SENDING = [
    ("ctrl", "Ctrl＋Enterで送信する（Enterは改行）"),
    ("enter", "Enterで送信する（Shift＋Enterは改行）"),
]
KEYS = [("on", "使う"), ("off", "使わない")]


class Answer(forms.ChoiceField):
    """One answer out of a few. Something is always chosen at first, so no field is marked as required."""

    def __init__(self, label: str, choices, help_text: str):
        facts = {"label": label, "choices": choices, "help_text": help_text}
        super().__init__(required=False, widget=forms.RadioSelect, error_messages=CHOOSE, **facts)

    def validate(self, value: str) -> None:
        """Raises ValidationError for no answer and for one that is not offered."""
        if not value:
            raise ValidationError(self.error_messages["required"], code="required")
        super().validate(value)


class PreferencesForm(forms.Form):
    """Six questions, each with one answer out of a few."""

    era = Answer("年の表し方", Member.Era.choices, "投稿の日付の見出しと、ページに出る年月日に使います。")
    theme = Answer("明るさ", Member.Theme.choices, "暗い画面は、夜間や長い時間の作業に向いています。")
    sending = Answer(
        "投稿の送りかた", SENDING, "日本語の変換を確定するEnterでは、どちらの場合も送信しません。"
    )
    announcing = Answer(
        "新しい投稿の読み上げ",
        Member.Announcing.choices,
        "スクリーンリーダーに、開いているチャンネルの新しい投稿を知らせます。",
    )
    keys = Answer(
        "一文字のショートカット",
        KEYS,
        "j・kで前後の投稿へ、/で検索へ、?で操作の一覧へ移ります。音声入力を使う方は「使わない」が安心です。",
    )
    digest = Answer("まとめメール", Member.Digest.choices, "お知らせのうち、まだ読んでいないものを送ります。")

    @staticmethod
    def of(member: Member) -> dict[str, str]:
        """What the form shows at first: the member's present settings."""
        return {
            "era": member.era,
            "theme": member.theme,
            "sending": "enter" if member.enter_sends else "ctrl",
            "announcing": member.announcing,
            "keys": "on" if member.single_keys else "off",
            "digest": member.digest,
        }

    def wishes(self) -> dict[str, str | bool]:
        """The arguments of accounts.actions.preferences.prefer."""
        given = self.cleaned_data
        same = {name: given[name] for name in ("era", "theme", "announcing", "digest")}
        return same | {"enter_sends": given["sending"] == "enter", "single_keys": given["keys"] == "on"}
