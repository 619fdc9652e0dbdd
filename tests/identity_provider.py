"""A small OpenID provider on loopback: it asks nobody and vouches for the person the test names."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.loopback import Provider, QuietPages

CLIENT, SECRET = "kyoso", "a secret between two machines"


class Pages(QuietPages):
    """The pages of the provider."""

    server: "IdentityProvider"

    def do_GET(self):
        """Discovery, keys, who it is, and the page that sends straight back with a code."""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/authorize":
            back = urlencode({"code": "once", "state": query["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri'][0]}?{back}")
            self.end_headers()
            return
        answers = {"/keys": self.server.keys, "/userinfo": lambda: self.server.claims}
        self.tell_facts(answers.get(path, self.server.discovery)())

    def do_POST(self):
        """The code for a token, for those who know the secret."""
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        knows = body.get("client_secret") == [SECRET] and body.get("code") == ["once"]
        self.tell_facts(self.server.token() if knows else {"error": "invalid_client"}, 200 if knows else 401)

    def tell_facts(self, facts: dict, status: int = 200):
        """Answer in JSON."""
        self.tell(json.dumps(facts).encode(), "application/json", status)


class IdentityProvider(Provider):
    """Keeps the person who is there now: `claims` are what the token says of them."""

    pages = Pages

    def __init__(self):
        super().__init__()
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict = {}

    def setting(self) -> str:
        """The value of OIDC_PROVIDERS."""
        facts = {"id": "chosha", "name": "庁内アカウント", "client_id": CLIENT, "secret": SECRET}
        return json.dumps([facts | {"server_url": self.origin}])

    def discovery(self) -> dict:
        """What /.well-known/openid-configuration says."""
        pages = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        facts = {name: f"{self.origin}/{page}" for name, page in pages.items()}
        facts["userinfo_endpoint"] = f"{self.origin}/userinfo"
        return facts | {
            "issuer": self.origin,
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def token(self) -> dict:
        """An answer of the token endpoint, signed."""
        now = int(time.time())
        facts = {"iss": self.origin, "aud": CLIENT, "iat": now, "exp": now + 300} | self.claims
        signed = jwt.encode(facts, self.key, algorithm="RS256", headers={"kid": "one"})
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def keys(self) -> dict:
        """Its public key."""
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "one", "alg": "RS256", "use": "sig"}]}


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """Run a provider for the time of a test."""
    provider = IdentityProvider()
    with provider.running():
        yield provider
