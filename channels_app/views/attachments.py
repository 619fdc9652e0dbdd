"""Attachments: taking a file in, giving it out to who may read its post, taking an unsent one back."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse, HttpResponseNotModified, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import require_POST, require_safe

from accounts.audit_watch import within_limit
from accounts.requests import MemberRequest
from channels_app import stored_files
from channels_app.actions.attachments import discard_upload
from channels_app.forms.attachments import UploadForm
from channels_app.models import Attachment
from channels_app.views import answers

TOO_OFTEN = "短い時間にたくさんのファイルが送られました。しばらく待ってから、もう一度選んでください。"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_POST
def create(request: MemberRequest) -> HttpResponse:
    """Keep one file for a post that will be sent; answers with its key and how it is shown."""
    if not within_limit(request, "attachment"):
        return answers.refused(request, TOO_OFTEN, 429)
    form = UploadForm(request.POST, request.FILES)
    row = form.keep(request.user) if form.is_valid() else None
    if row is None:
        return answers.form_error(form)
    return JsonResponse({"key": str(row.key), "label": row.label}, status=201)


def taken_with(request: MemberRequest) -> tuple[QueryDict, list[str]]:
    """The fields of a composer with the keys of files that came with it, and why others were not taken.

    Without scripts the browser sends chosen files together with the text (the field `upload`).
    """
    chosen = request.FILES.getlist("upload")
    if not chosen:
        return request.POST, []
    typed, refusals = request.POST.copy(), []
    for file in chosen:
        form = UploadForm({}, MultiValueDict({"upload": [file]}))
        if not within_limit(request, "attachment"):
            refusals.append(TOO_OFTEN)
            break
        if form.is_valid() and (row := form.keep(request.user)):
            typed.appendlist("file", str(row.key))
        refusals += map(str, form.errors.get("upload", []))
    return typed, refusals


@require_POST
def remove(request: MemberRequest, key: UUID) -> HttpResponse:
    """Take back a file of one's own that was not sent."""
    row = get_object_or_404(Attachment.objects.visible_to(request.user), key=key)
    if row.uploader_id != request.user.pk:
        raise Http404
    _, refusal = answers.attempt(request, discard_upload, request.user, row)
    return refusal or HttpResponse(status=204)


@require_safe
def show(request: MemberRequest, key: UUID, name: str) -> HttpResponseBase:
    """A file for who may read its post. Pictures, which were drawn anew, open; everything else is saved."""
    row = get_object_or_404(Attachment.objects.visible_to(request.user), key=key)
    return _sent(request, row, stored_files.FILE, row.media_type, seconds=0)


@require_safe
def thumbnail(request: MemberRequest, key: UUID) -> HttpResponseBase:
    """The small picture; the browser that has shown it keeps it for ten minutes."""
    pictures = Attachment.objects.visible_to(request.user).exclude(width=None)
    row = get_object_or_404(pictures, key=key)
    return _sent(request, row, stored_files.THUMBNAIL, "image/webp", seconds=600)


def _sent(
    request: MemberRequest, row: Attachment, stored: str, media_type: str, seconds: int
) -> HttpResponseBase:
    """The bytes, or 304 when the browser has them; 404 when they are gone from the disk."""
    etag = quote_etag(f"{row.digest[:32]}-{stored[:1]}")
    answer: HttpResponseBase
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        answer = HttpResponseNotModified(headers=HEADERS)
    else:
        answer = _file_of(row, stored, media_type)
    answer["ETag"] = etag
    patch_cache_control(answer, private=True, **({"max_age": seconds} if seconds else {"no_cache": True}))
    return answer


def _file_of(row: Attachment, stored: str, media_type: str) -> FileResponse:
    try:
        opened = stored_files.path_of(row.key, stored).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(
        opened,
        as_attachment=not row.is_picture,
        filename=row.name,
        content_type=media_type,
        headers=HEADERS,
    )
