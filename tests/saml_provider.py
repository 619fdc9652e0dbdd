"""A small SAML provider on loopback: it asks nobody and vouches for the person the test names.

It signs with the same library that the site checks with, with a key made for the test.
"""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Saml

from tests.loopback import Provider, QuietPages

MAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
NAMES = (
    'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
)
RESPONSE = """<samlp:Response {names} ID="{id}" Version="2.0" IssueInstant="{now}" Destination="{acs}"
 InResponseTo="{request}"><saml:Issuer>{issuer}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
{assertion}</samlp:Response>"""
ASSERTION = """<saml:Assertion {names} ID="{id}" Version="2.0" IssueInstant="{now}">
<saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{name}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData
 NotOnOrAfter="{until}" Recipient="{acs}" InResponseTo="{request}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{since}" NotOnOrAfter="{until}"><saml:AudienceRestriction>
<saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now}" SessionIndex="{id}"><saml:AuthnContext><saml:AuthnContextClassRef>
urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>
</saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="{mail}">
<saml:AttributeValue>{email}</saml:AttributeValue>
</saml:Attribute></saml:AttributeStatement></saml:Assertion>"""


@dataclass(frozen=True)
class Pair:
    """A private key and its certificate, as PEM."""

    key: str
    certificate: str


def pair() -> Pair:
    """A new key with a certificate that it signed itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.jp")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
    return Pair(private, certificate.public_bytes(serialization.Encoding.PEM).decode())


class Pages(QuietPages):
    """The one page of the provider."""

    server: "SamlProvider"

    def do_GET(self):
        """The form that a browser sends back to the site."""
        fields = dict(self.server.answer(parse_qs(urlsplit(self.path).query)))
        action = fields.pop("action")
        inputs = [f'<input name="{name}" value="{escape(value)}">' for name, value in fields.items()]
        form = f'<form method="post" action="{action}">{"".join(inputs)}<button>戻る</button></form>'
        body = f'<!doctype html><link rel="icon" href="data:,">{form}'.encode()
        self.tell(body, "text/html; charset=utf-8")


class SamlProvider(Provider):
    """Keeps the person who is there now, and what is wrong with the next answer.

    `wrong` replaces what stands in the answer (audience, request, since, until …); `signer` is the pair that
    signs, None for nobody; `told` is the last answer, as the browser carries it.
    """

    pages = Pages

    def __init__(self):
        super().__init__()
        self.own = pair()
        self.signer: Pair | None = self.own
        self.email, self.wrong = "", {}
        self.told: dict[str, str] = {}

    def setting(self) -> str:
        """The value of SAML_PROVIDERS."""
        facts = {
            "id": "ken",
            "name": "県の認証基盤",
            "entity_id": f"{self.origin}/",
            "domains": ["example.lg.jp"],
        }
        return json.dumps([facts | {"sso_url": f"{self.origin}/sso", "certificate": self.own.certificate}])

    def answer(self, query: dict[str, list[str]]) -> dict[str, str]:
        """The fields of the form that carries a signed answer to an AuthnRequest back."""
        asked = zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15).decode()
        now = datetime.now(UTC)
        stamps = {"now": 0, "since": -60, "until": 300}
        facts = {key: f"{now + timedelta(seconds=gap):%Y-%m-%dT%H:%M:%SZ}" for key, gap in stamps.items()}
        facts |= {"names": NAMES, "issuer": f"{self.origin}/", "mail": MAIL, "email": self.email}
        facts |= {
            "name": "person-1",
            "request": re.search(r'\bID="([^"]+)"', asked)[1],
            "acs": re.search(r'AssertionConsumerServiceURL="([^"]+)"', asked)[1],
            "audience": re.search(r"<saml:Issuer>([^<]+)<", asked)[1],
        }
        facts |= self.wrong
        assertion = ASSERTION.format(**facts, id=f"_{token_hex(16)}")
        if self.signer:
            assertion = Saml.add_sign(assertion, self.signer.key, self.signer.certificate).decode()
        whole = RESPONSE.format(**facts, id=f"_{token_hex(16)}", assertion=assertion)
        self.told = {
            "action": facts["acs"],
            "SAMLResponse": base64.b64encode(whole.encode()).decode(),
            "RelayState": query.get("RelayState", [""])[0],
        }
        return self.told


@contextmanager
def saml_provider() -> Iterator[SamlProvider]:
    """Run a provider for the time of a test."""
    provider = SamlProvider()
    with provider.running():
        yield provider
