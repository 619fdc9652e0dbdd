"""Threads: the replies below a post, in the third column."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import MemberRequest
from channels_app import viewer
from channels_app.actions import inbox
from channels_app.actions.followings import follow, unfollow
from channels_app.actions.posts import publish_post
from channels_app.views import answers, channel_page, composers, posts

DEEDS = {"follow": follow, "unfollow": unfollow}


@require_safe
def show(request: MemberRequest, post_id: int) -> HttpResponse:
    """The thread of a post: the column alone for scripts, otherwise the page with the channel beside it."""
    post = channel_page.post_or_404(request.user, post_id)
    visit = channel_page.visit_or_404(request.user, post.channel.slug)
    cursor = {name: answers.number(request.GET.get(name)) for name in ("before", "after", "around")}
    quoted = answers.number(request.GET.get("quote"))
    form = channel_page.reply_form(request.user, quoted, post.thread_id)
    # A script that asks for a quote has the draft in its field already.
    draft = quoted is None or not answers.wants_part(request)
    thread = channel_page.thread_of(visit, post.thread_id, form, draft=draft, **cursor)
    inbox.read_thread(request.user, post.thread_id)
    if not answers.wants_part(request):
        return channel_page.show(request, visit, thread=thread)
    marks = viewer.marks_of(request.user, thread.ids)
    context = {"visit": visit, "channel": visit.channel, "thread": thread, "viewer": marks}
    return render(request, "threads/show.html", context)


@require_POST
def reply(request: MemberRequest, post_id: int) -> HttpResponse:
    """Reply in the thread of a post, once per cid; a refused text stands in the column again."""
    post = channel_page.post_or_404(request.user, post_id)
    root, member = post.root or post, request.user
    form = composers.sent_form(request, "reply_%s")
    published = None
    if form.is_valid():
        published = form.attempt(publish_post, member, post.channel, root=root, **form.cleaned_data)
    if published:
        return posts.said(request, published, f"/posts/{root.pk}/thread/")
    if answers.wants_json(request):
        return answers.form_error(form)
    visit = channel_page.visit_or_404(member, post.channel.slug)
    thread = channel_page.thread_of(visit, root.pk, form)
    return channel_page.show(request, visit, thread=thread, status=form.status)


@require_POST
def following(request: MemberRequest, post_id: int) -> HttpResponse:
    """Follow the thread of a post, or stop (`deed`); again changes nothing."""
    post = channel_page.post_or_404(request.user, post_id)
    deed = request.POST.get("deed")
    if deed not in DEEDS:
        return answers.refused(request, "通知するか、しないかを選んでください。", 422)
    _, refusal = answers.attempt(request, DEEDS[deed], request.user, post.root or post)
    if refusal:
        return refusal
    if answers.wants_json(request):
        return JsonResponse({"following": deed == "follow"})
    return answers.back(request, f"/posts/{post.thread_id}/thread/")
