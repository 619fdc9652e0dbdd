"""Addresses of the desk."""

from django.urls import path

from secretariat.views import (
    ambassadors,
    audit,
    channels,
    email_domains,
    jobs,
    organisation_uploads,
    organisations,
    proposals,
    registrations,
    stamps,
)

urlpatterns = [
    path("audit/", audit.index, name="desk_audit"),
    path("audit/export/", audit.export, name="desk_audit_export"),
    path("audit/verification/", audit.verification, name="desk_audit_verification"),
    path("ambassadors/", ambassadors.index, name="desk_ambassadors"),
    path("ambassadors/appointment/", ambassadors.appointment, name="desk_appointment"),
    path("ambassadors/<int:term_id>/end/", ambassadors.end, name="desk_term_end"),
    path("channels/", channels.index, name="desk_channels"),
    path("channels/new/", channels.new, name="desk_channel_new"),
    path("channels/<slug:slug>/", channels.show, name="desk_channel"),
    path("channels/<slug:slug>/description/", channels.description, name="desk_channel_description"),
    path("channels/<slug:slug>/address/", channels.address, name="desk_channel_address"),
    path("channels/<slug:slug>/merger/", channels.merger, name="desk_channel_merger"),
    path("channels/<slug:slug>/archiving/", channels.archiving, name="desk_channel_archiving"),
    path("jobs/", jobs.index, name="desk_jobs"),
    path("jobs/retrials/", jobs.retrials, name="desk_job_retrials"),
    path("jobs/<int:number>/retrial/", jobs.retrial, name="desk_job_retrial"),
    path("jobs/<int:number>/cancellation/", jobs.cancellation, name="desk_job_cancellation"),
    path("proposals/", proposals.index, name="desk_proposals"),
    path("proposals/<int:proposal_id>/", proposals.show, name="desk_proposal"),
    path("proposals/<int:proposal_id>/granting/", proposals.granting, name="desk_proposal_granting"),
    path("proposals/<int:proposal_id>/declining/", proposals.declining, name="desk_proposal_declining"),
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
    path("stamps/", stamps.index, name="desk_stamps"),
    path("stamps/<int:stamp_id>/", stamps.show, name="desk_stamp"),
    path("stamps/<int:stamp_id>/retirement/", stamps.retirement, name="desk_stamp_retirement"),
]
