"""Many organisations at once: upload a CSV file, look at what it would change, carry it out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.organisation_uploads import apply_upload, keep_upload, rehearse
from accounts.actions.refusals import Refused
from accounts.models import OrganisationUpload
from accounts.requests import MemberRequest
from secretariat.forms.organisation_uploads import UploadForm
from secretariat.views.audit import for_secretariat

BAD_INPUT = 422
PAST = 20


@require_http_methods(["GET", "HEAD", "POST"])
@for_secretariat
def index(request: MemberRequest) -> HttpResponse:
    """The form, and the past files; a file without errors leads to its preview."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form, outcome = UploadForm(*sent), None
    if request.method == "POST" and form.is_valid():
        outcome, upload = keep_upload(request.user, form.cleaned_data["kind"], form.text)
        if upload:
            return redirect("desk_organisation_upload", upload.pk)
    past = OrganisationUpload.objects.visible_to(request.user).select_related("uploaded_by")[:PAST]
    facts = {"form": form, "outcome": outcome, "past": past}
    status = BAD_INPUT if form.errors or (outcome and outcome.errors) else 200
    return render(request, "secretariat/organisations/uploads.html", facts, status=status)


def upload_or_404(request: MemberRequest, upload_id: int) -> OrganisationUpload:
    """A kept file, if the visitor may see it."""
    return get_object_or_404(OrganisationUpload.objects.visible_to(request.user), pk=upload_id)


@require_safe
@for_secretariat
def show(request: MemberRequest, upload_id: int) -> HttpResponse:
    """What the file would change now; after it was carried out, only that."""
    upload = upload_or_404(request, upload_id)
    outcome = None if upload.applied_at else rehearse(request.user, upload.kind, upload.content)
    fits = outcome is not None and not outcome.errors and outcome.fingerprint == upload.fingerprint
    facts = {"upload": upload, "outcome": outcome, "fits": fits}
    return render(request, "secretariat/organisations/upload.html", facts)


@require_POST
@for_secretariat
def application(request: MemberRequest, upload_id: int) -> HttpResponse:
    """Carry out exactly what the preview showed."""
    upload = upload_or_404(request, upload_id)
    try:
        if apply_upload(request.user, upload):
            messages.success(request, f"{upload.changes}件を反映しました。")
        else:
            messages.warning(request, "このファイルはもう反映しています。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("desk_organisation_upload", upload.pk)
