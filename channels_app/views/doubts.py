"""違うかも: the sheet that asks for the reason first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from channels_app.forms.reactions import DoubtForm
from channels_app.models import Post
from channels_app.models.stamps import DOUBT, stamps
from channels_app.views import answers, channel_page
from channels_app.views.reactions import about, pressed

TOLD = {
    "reply": "理由をスレッドに書きました。",
    "author": "投稿した人に伝えました。ほかの人には見えません。",
}


@require_http_methods(["GET", "HEAD", "POST"])
def reason(request: MemberRequest, post_id: int) -> HttpResponse:
    """Say why one sees it differently: a page, and the form of the dialog; nothing is pressed without it."""
    post = channel_page.post_or_404(request.user, post_id)
    form = DoubtForm(request.POST if request.method == "POST" else None, auto_id="doubt_%s")
    if form.is_bound and form.is_valid() and form.tell(request.user, post):
        return pressed(request, post, told=TOLD[form.cleaned_data["to"]])
    if form.is_bound and answers.wants_json(request):
        return answers.form_error(form)
    return asked(request, post, form)


def asked(request: MemberRequest, post: Post, form: DoubtForm) -> HttpResponse:
    """The page with the form."""
    context = {
        "post": post,
        "form": form,
        "stamp": stamps()[DOUBT],
    } | about(request, post, "ほかの見方を伝える")
    return render(request, "reactions/reason.html", context, status=form.status if form.is_bound else 200)
