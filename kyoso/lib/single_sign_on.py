"""Sign-in through an organisation's own provider, OpenID Connect or SAML, read from two JSON settings.

OIDC_PROVIDERS: [{"id", "name", "client_id", "secret", "server_url"}, …]
SAML_PROVIDERS: [{"id", "name", "entity_id", "metadata_url" or "sso_url" with "certificate", "domains"}, …]

An OpenID provider says itself whether it has verified an address. A SAML provider does not, so the operator
names the mail domains for which it may speak.
"""

import json
from urllib.parse import urlsplit

from kyoso.lib.environment import WrongSetting, text

OIDC, SAML = "openid_connect", "saml"
PLACES = {OIDC: "OIDC_PROVIDERS", SAML: "SAML_PROVIDERS"}
ASKED = {
    OIDC: ("id", "name", "client_id", "secret", "server_url"),
    SAML: ("id", "name", "entity_id"),
}
MAIL_ATTRIBUTES = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
]


def providers() -> dict[str, dict]:
    """allauth's SOCIALACCOUNT_PROVIDERS of what is set; empty when nothing is. Raises WrongSetting."""
    made = {
        OIDC: [_oidc(entry) for entry in _entries(OIDC)],
        SAML: [_saml(entry) for entry in _entries(SAML)],
    }
    return {kind: {"APPS": entries} for kind, entries in made.items() if entries}


def apps(found: dict[str, dict]) -> list[str]:
    """The Django apps that the kinds of provider in use need."""
    return [f"allauth.socialaccount.providers.{kind}" for kind in found]


def _entries(kind: str) -> list[dict]:
    name = PLACES[kind]
    try:
        entries = json.loads(text(name, "[]"))
    except json.JSONDecodeError as error:
        raise WrongSetting(name, f"must be a JSON list: {error}.") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise WrongSetting(name, "must be a JSON list of objects.")
    for entry in entries:
        missing = [key for key in ASKED[kind] if not isinstance(entry.get(key), str) or not entry[key]]
        if missing:
            raise WrongSetting(name, f"has an entry without {', '.join(missing)}.")
    return entries


def _oidc(entry: dict) -> dict:
    return {
        "provider_id": entry["id"],
        "name": entry["name"],
        "client_id": entry["client_id"],
        "secret": entry["secret"],
        "settings": {"server_url": entry["server_url"], "oauth_pkce_enabled": True},
    }


def _saml(entry: dict) -> dict:
    idp = {"entity_id": entry["entity_id"]}
    if entry.get("metadata_url"):
        idp["metadata_url"] = entry["metadata_url"]
    elif entry.get("sso_url") and entry.get("certificate"):
        idp |= {"sso_url": entry["sso_url"], "x509cert": entry["certificate"]}
    else:
        raise WrongSetting(PLACES[SAML], "needs metadata_url, or sso_url with certificate.")
    return {
        "provider_id": entry["entity_id"],
        "name": entry["name"],
        "client_id": entry["id"],
        "settings": {
            "idp": idp,
            "attribute_mapping": {"email": entry.get("email", MAIL_ATTRIBUTES)},
            "verified_email": _domains(entry),
            "advanced": {"want_assertion_signed": True},
        },
    }


def _domains(entry: dict) -> list[str]:
    domains = entry.get("domains")
    if not isinstance(domains, list) or not domains or not all(isinstance(each, str) for each in domains):
        raise WrongSetting(PLACES[SAML], 'needs "domains": the mail domains the provider may speak for.')
    return [domain.lower() for domain in domains]


def origins(found: dict[str, dict]) -> list[str]:
    """Where a form that begins a sign-in may lead: the origins of the providers' addresses."""
    settings = [entry["settings"] for kind in found.values() for entry in kind["APPS"]]
    places = [
        each.get("server_url") or each["idp"].get("sso_url") or each["idp"]["metadata_url"]
        for each in settings
    ]
    return sorted({"{0.scheme}://{0.netloc}".format(urlsplit(place)) for place in places})
