"""A member's own settings of how the site looks, sounds and answers."""

from django import forms

from accounts.models import Member

CHOOSE = {"required": "どれか1つを選んでください。", "invalid_choice": "表示されている中から選んでください。"}
SENDING = [
    ("ctrl", "Ctrl＋Enterで送信する（Enterは改行）"),
    ("enter", "Enterで送信する（Shift＋Enterは改行）"),
]
KEYS = [("on", "使う"), ("off", "使わない")]


def _choice(label: str, choices, help_text: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, help_text=help_text, widget=forms.RadioSelect, error_messages=CHOOSE
    )


class PreferencesForm(forms.Form):
    """Six questions, each with one answer out of a few."""

    era = _choice("年の表し方", Member.Era.choices, "投稿の日付の見出しと、ページに出る年月日に使います。")
    theme = _choice("明るさ", Member.Theme.choices, "暗い画面は、夜間や長い時間の作業に向いています。")
    sending = _choice(
        "投稿の送りかた", SENDING, "日本語の変換を確定するEnterでは、どちらの場合も送信しません。"
    )
    announcing = _choice(
        "新しい投稿の読み上げ",
        Member.Announcing.choices,
        "スクリーンリーダーに、開いているチャンネルの新しい投稿を知らせます。",
    )
    keys = _choice(
        "一文字のショートカット",
        KEYS,
        "j・kで前後の投稿へ、/で検索へ、?で操作の一覧へ移ります。音声入力を使う方は「使わない」が安心です。",
    )
    digest = _choice(
        "まとめメール", Member.Digest.choices, "お知らせのうち、まだ読んでいないものを送ります。"
    )

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
