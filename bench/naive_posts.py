"""Publishing as the tutorials do it: save, render, `async_to_sync(group_send)`."""

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from channels_app.forms.posts import PostForm
from channels_app.models import Channel, Post
from kyoso.lib import markdown


@require_POST
def publish(request, slug: str):
    """Store a post without number, event or retry check, and send its HTML to the channel's group."""
    found = get_object_or_404(Channel.objects.visible_to(request.user), slug=slug)
    form = PostForm(request.POST)
    if not form.is_valid():
        return JsonResponse(form.errors, status=422)
    text = form.cleaned_data["text"]
    post = Post.objects.create(
        channel=found,
        author=request.user,
        affiliation=request.user.affiliation,
        cid=form.cleaned_data["cid"],
        text=text,
        html=markdown.to_html(text),
    )
    html = render_to_string(
        "posts/_post.html", {"post": post, "badges": [post.affiliation.organisation.badge]}
    )
    group_send = async_to_sync(get_channel_layer().group_send)
    group_send(f"channel-{slug}", {"type": "post.published", "html": html})
    return JsonResponse({"id": post.pk, "html": html}, status=201)
