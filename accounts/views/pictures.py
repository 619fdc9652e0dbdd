"""Members' pictures, for members only."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from accounts import pictures
from accounts.models import Member
from accounts.requests import MemberRequest

# A picture's name is never used again, so the browser need not ask twice; a proxy keeps nothing.
HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_safe
def picture(request: MemberRequest, name: str, side: str) -> HttpResponse:
    """One square of the picture of a member; 404 once it was replaced or removed."""
    if not Member.objects.visible_to(request.user).filter(picture=name).exists():
        raise Http404
    try:
        content = pictures.read(name, int(side))
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(content, content_type="image/webp", headers=HEADERS)
