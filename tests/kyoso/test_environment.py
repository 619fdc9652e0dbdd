"""Settings by environment only; a wrong value stops the start with one plain sentence."""

import pytest

from kyoso.lib import environment as env


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda: env.flag("X"), "maybe", "X must be true or false, not 'maybe'."),
        (lambda: env.number("X", 1, 1, 9), "10", "X must be a whole number from 1 to 9, not '10'."),
        (lambda: env.number("X", 1), "-1", "X must be a whole number from 0 to 1000000, not '-1'."),
        (
            lambda: env.database("X", "sqlite:///a"),
            "",
            "X must be a postgresql:// address with a database name.",
        ),
        (lambda: env.mail("X"), "http://a", "X must be smtp://user:password@host:port or smtps://…."),
    ],
)
def test_wrong_value_stops_the_start(monkeypatch, read, value, sentence):
    monkeypatch.setenv("X", value)
    with pytest.raises(SystemExit) as stop:
        read()
    assert str(stop.value) == f"Kyoso cannot start: {sentence}"


def test_origin_needs_a_scheme_and_no_path(monkeypatch):
    monkeypatch.setenv("X", "kyoso.example.jp")
    with pytest.raises(SystemExit):
        env.origins("X")
    monkeypatch.setenv("X", "https://kyoso.example.jp, http://localhost:8000")
    assert env.origins("X") == ["https://kyoso.example.jp", "http://localhost:8000"]


def test_database_address_with_socket_folder():
    entry = env.database("X", "postgresql://kyoso:p%40ss@/kyoso?host=%2Ftmp%2Fpg&connect_timeout=3")
    assert (entry["HOST"], entry["NAME"], entry["USER"], entry["PASSWORD"], entry["OPTIONS"]) == (
        "/tmp/pg",
        "kyoso",
        "kyoso",
        "p@ss",
        {"connect_timeout": "3"},
    )


def test_mail_address(monkeypatch):
    monkeypatch.setenv("X", "smtps://u:p@mail.example.jp")
    found = env.mail("X")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (
        "mail.example.jp",
        465,
        True,
        False,
    )
