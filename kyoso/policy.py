"""The Content Security Policy: everything from our own origin, nothing inline (docs/security.md H1)."""

from csp.constants import NONE, SELF


def of_content(*, form_actions: list[str]) -> dict:
    """django-csp's setting. `form_actions`: origins besides ours to which a form may lead."""
    directives = {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *form_actions],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
    return {"DIRECTIVES": directives}
