"""Addresses of the desk."""

from django.urls import path

from secretariat.views import (
    ambassadors,
    audit,
    email_domains,
    organisation_uploads,
    organisations,
    registrations,
)

urlpatterns = [
    path("audit/", audit.index, name="desk_audit"),
    path("audit/export/", audit.export, name="desk_audit_export"),
    path("audit/verification/", audit.verification, name="desk_audit_verification"),
    path("ambassadors/", ambassadors.index, name="desk_ambassadors"),
    path("ambassadors/appointment/", ambassadors.appointment, name="desk_appointment"),
    path("ambassadors/<int:term_id>/end/", ambassadors.end, name="desk_term_end"),
    path("organisations/", organisations.index, name="desk_organisations"),
    path("organisations/new/", organisations.new, name="desk_organisation_new"),
    path("organisations/uploads/", organisation_uploads.index, name="desk_organisation_uploads"),
    path(
        "organisations/uploads/<int:upload_id>/", organisation_uploads.show, name="desk_organisation_upload"
    ),
    path(
        "organisations/uploads/<int:upload_id>/application/",
        organisation_uploads.application,
        name="desk_organisation_upload_application",
    ),
    path("organisations/<str:slug>/", organisations.show, name="desk_organisation"),
    path(
        "organisations/<str:slug>/renaming/", organisations.change, {"name": "renaming"}, name="desk_renaming"
    ),
    path(
        "organisations/<str:slug>/correction/",
        organisations.change,
        {"name": "correction"},
        name="desk_correction",
    ),
    path("organisations/<str:slug>/merger/", organisations.change, {"name": "merger"}, name="desk_merger"),
    path(
        "organisations/<str:slug>/abolition/",
        organisations.change,
        {"name": "abolition"},
        name="desk_abolition",
    ),
    path(
        "organisations/<str:slug>/changes/<int:change_id>/withdrawal/",
        organisations.withdrawal,
        name="desk_withdrawal",
    ),
    path("organisations/<str:slug>/domains/", email_domains.addition, name="desk_domain_addition"),
    path(
        "organisations/<str:slug>/domains/<int:domain_id>/extension/",
        email_domains.extension,
        name="desk_domain_extension",
    ),
    path(
        "organisations/<str:slug>/domains/<int:domain_id>/removal/",
        email_domains.removal,
        name="desk_domain_removal",
    ),
    path("registrations/", registrations.index, name="desk_registrations"),
    path("registrations/batch/", registrations.batch, name="desk_batch"),
    path("registrations/<int:registration_id>/", registrations.show, name="desk_registration"),
    path("registrations/<int:registration_id>/approval/", registrations.approval, name="desk_approval"),
    path("registrations/<int:registration_id>/inquiry/", registrations.inquiry, name="desk_inquiry"),
    path("registrations/<int:registration_id>/refusal/", registrations.refusal, name="desk_refusal"),
]
