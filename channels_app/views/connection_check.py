"""接続診断: what a terminal and its network let through. The checks are made by the browser.

Visitors are sent to the log-in like everywhere: a hello needs a member, so a check without one could only
fail. What the IT desk has to let through stands on the page, and in docs/operation.md for whoever has no
account.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from channels_app.views import answers

# (key, what is tried, what it is good for when it works, what its failure means)
WAYS = (
    (
        "page",
        "画面の表示",
        "共創の画面を開けます。",
        "サーバーに届きません。ほかのサイトを開けるか、確かめてください。",
    ),
    (
        "socket",
        "即時の受信（WebSocket）",
        "新しい投稿が、すぐに届きます。",
        "この通信は途中で止められています。次の方法が使えれば、投稿はすぐに届きます。",
    ),
    (
        "stream",
        "即時の受信（ストリーム）",
        "WebSocketが使えないときも、新しい投稿がすぐに届きます。",
        "途中の機器が、返事をためてから渡しています。次の方法が使えれば、少し遅れて届きます。",
    ),
    (
        "poll",
        "準即時の受信（問い合わせ）",
        "上の2つが使えないときも、新しい投稿が自動で届きます。",
        "自動では届きません。「新しい投稿を読み込む」を押すと読めます。",
    ),
    (
        "sending",
        "送信",
        "投稿やスタンプを送れます。ログインも続いています。",
        "投稿やスタンプを送れません。画面を読み直し、続くときは情報システム担当の方に伝えてください。",
    ),
    (
        "storage",
        "書きかけの保管",
        "送れなかった文章は、この端末に残り、つながったときに送られます。",
        "送れなかった文章は、画面を閉じると残りません。下書きはサーバーに残ります。",
    ),
    (
        "clock",
        "端末の時計",
        "時計は合っています。",
        "端末の時計がずれています。届く順番には影響しませんが、時計を合わせてください。",
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The page; to the script the server's clock (ms since 1970). A POST proves that sending works.

    Without scripts the button sends the form, and the answer is a sentence. Nothing is written down.
    """
    if answers.wants_json(request):
        return JsonResponse({"at": round(timezone.now().timestamp() * 1000)})
    if request.method == "POST":
        messages.success(request, "送信できました。投稿やスタンプも送れます。")
        return answers.SeeOther(request.path)
    return render(request, "connection_check/show.html", {"ways": WAYS, "at": timezone.now()})
