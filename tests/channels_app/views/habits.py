"""The same interview for every view: who may, who may not, and what the wrong method or id gets."""

from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

JSON = {"HTTP_ACCEPT": "application/json"}
PART = {"HTTP_X_KYOSO": "fragment"}


def signed_in(member, **options) -> Client:
    """A browser in which the member is logged in."""
    client = Client(**options)
    client.force_login(member)
    return client


def words(text: str = "窓口の待ち時間を測ってみました。", **more) -> dict:
    """What a composer sends, with a new id of the attempt."""
    return {"text": text, "cid": str(uuid4())} | more


def assert_asks_to_sign_in(address: str, method: str = "get") -> None:
    """A visitor is sent to the log-in; a script is told with 401."""
    visitor = Client()
    answer = getattr(visitor, method)(address)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    told = getattr(visitor, method)(address, **JSON)
    assert (told.status_code, list(told.json())) == (401, ["error"])


def assert_only(method: str, address: str, member) -> None:
    """The other method gets 405 and changes nothing."""
    other = "post" if method == "get" else "get"
    assert getattr(signed_in(member), other)(address).status_code == 405


def error_of(answer) -> tuple[int, str, str]:
    """(status, sentence, field) of a refusal in JSON."""
    told = answer.json()
    return answer.status_code, told["error"], told.get("field", "")


def queries_of(client: Client, address: str) -> int:
    """How many queries a page takes when it is asked for again."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)
