"""Mail domains of an organisation, for the secretariat."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.actions.email_domains import add_domain, extend_domain, remove_domain
from accounts.models import EmailDomain, Organisation
from accounts.requests import MemberRequest
from secretariat.views.audit import for_secretariat
from secretariat.views.organisations import noted, organisation_or_404


def domain_or_404(request: MemberRequest, organisation: Organisation, domain_id: int) -> EmailDomain:
    """A domain of this organisation, if the visitor may see it."""
    seen = EmailDomain.objects.visible_to(request.user).filter(organisation=organisation)
    return get_object_or_404(seen, pk=domain_id)


@require_POST
@for_secretariat
def addition(request: MemberRequest, slug: str) -> HttpResponse:
    """Tie a domain to the organisation."""

    def add(organisation: Organisation, **facts) -> str:
        return f"{add_domain(request.user, organisation, **facts).domain} を登録しました。"

    return noted(request, slug, "domain", add)


@require_POST
@for_secretariat
def extension(request: MemberRequest, slug: str, domain_id: int) -> HttpResponse:
    """Give an exception a later end."""
    domain = domain_or_404(request, organisation_or_404(request, slug), domain_id)

    def extend(_organisation: Organisation, **facts) -> str:
        row = extend_domain(request.user, domain, **facts)
        return f"{row.domain} の期限を{row.expires_on:%Y年%-m月%-d日}までにしました。"

    return noted(request, slug, "extension", extend)


@require_POST
@for_secretariat
def removal(request: MemberRequest, slug: str, domain_id: int) -> HttpResponse:
    """Untie a domain."""
    domain = domain_or_404(request, organisation_or_404(request, slug), domain_id)
    remove_domain(request.user, domain)
    messages.success(request, f"{domain.domain} を外しました。このドメインのアドレスは、人が確かめます。")
    return redirect("desk_organisation", slug)
