"""What is sought."""

from django import forms

from accounts.forms.texts import one_line


class SearchForm(forms.Form):
    """Words, and whether only questions count."""

    q = forms.CharField(
        label="さがす言葉",
        help_text="言葉を空白で区切ると、すべてを含むものをさがします。ひらがなとカタカナ、全角と半角は同じに扱います。",
        max_length=100,
        required=False,
        error_messages={"max_length": "言葉は100文字までにしてください。"},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )
    questions = forms.BooleanField(label="質問だけをさがす", required=False)

    def clean_q(self) -> str:
        """One visible line."""
        return one_line(self.cleaned_data["q"])
