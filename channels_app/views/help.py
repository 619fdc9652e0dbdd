"""使い方: keys, stamps and their meanings, how to write, mails, printing. Needs no script."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from channels_app.models.stamps import stamps
from channels_app.picker import MEANINGS
from channels_app.views import answers


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """The sheet; to the script only the keys, which ? shows in a dialog."""
    if answers.wants_part(request):
        return render(request, "help/_keys.html")
    meanings = [(stamps()[code], meaning) for code, meaning in MEANINGS.items()]
    others = [stamp for code, stamp in stamps().items() if code not in MEANINGS]
    return render(request, "help/show.html", {"meanings": meanings, "others": others})
