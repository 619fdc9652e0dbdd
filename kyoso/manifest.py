"""The web app manifest: with it a browser can keep the site as an app. There is no service worker.

Nothing of a member is kept on the device (docs/security.md S9), so there is nothing to show offline.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.views.decorators.http import require_safe

ICONS = (
    ("192x192", "app-192", "any"),
    ("512x512", "app-512", "any"),
    ("512x512", "app-maskable-512", "maskable"),
)
BLUE, WHITE = "#0017c1", "#ffffff"  # --ky-button and --ky-surface


@login_not_required
@require_safe
def show(request: HttpRequest) -> JsonResponse:
    """The same for everybody; may be kept for a day."""
    told = {
        "name": "共創（Kyoso）",
        "short_name": "共創",
        "description": "行政職員だけが参加できる、仕事の相談と共有の場",
        "lang": "ja",
        "id": "/home/",
        "start_url": "/home/",
        "scope": "/",
        "display": "standalone",
        "theme_color": BLUE,
        "background_color": WHITE,
        "icons": [
            {"src": static(f"img/icons/{name}.png"), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for sizes, name, purpose in ICONS
        ],
        "shortcuts": [
            {"name": "お知らせ", "url": "/inbox/"},
            {"name": "さがす", "url": "/search/"},
            {"name": "会員", "url": "/members/"},
        ],
    }
    headers = {"Cache-Control": "public, max-age=86400"}
    return JsonResponse(told, content_type="application/manifest+json", headers=headers)
