"""The page for everybody: what Kyoso is."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def show(request):
    """The first page; members are sent to their home."""
    if request.user.is_authenticated:
        return redirect("home")
    return render(request, "landing/show.html")
