"""The pictures of the deployment's own stamps, for members only."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from channels_app.models import OwnStamp

# The name of a picture is the hash of its bytes, so the browser need not ask twice; a proxy keeps nothing.
HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_safe
def picture(request: MemberRequest, digest: str) -> HttpResponse:
    """The picture of one own stamp, also of a retired one: 128 px PNG."""
    stamps = OwnStamp.objects.visible_to(request.user).order_by("pk")
    stamp = get_object_or_404(stamps, digest=digest)
    return HttpResponse(bytes(stamp.picture), content_type="image/png", headers=HEADERS)
