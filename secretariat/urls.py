"""Addresses of the desk."""

from django.urls import path

from secretariat.views import ambassadors, audit, registrations

urlpatterns = [
    path("audit/", audit.index, name="desk_audit"),
    path("audit/export/", audit.export, name="desk_audit_export"),
    path("audit/verification/", audit.verification, name="desk_audit_verification"),
    path("ambassadors/", ambassadors.index, name="desk_ambassadors"),
    path("ambassadors/appointment/", ambassadors.appointment, name="desk_appointment"),
    path("ambassadors/<int:term_id>/end/", ambassadors.end, name="desk_term_end"),
    path("registrations/", registrations.index, name="desk_registrations"),
    path("registrations/batch/", registrations.batch, name="desk_batch"),
    path("registrations/<int:registration_id>/", registrations.show, name="desk_registration"),
    path("registrations/<int:registration_id>/approval/", registrations.approval, name="desk_approval"),
    path("registrations/<int:registration_id>/inquiry/", registrations.inquiry, name="desk_inquiry"),
    path("registrations/<int:registration_id>/refusal/", registrations.refusal, name="desk_refusal"),
]
