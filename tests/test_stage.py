"""The stage itself: a missing program must not turn tests off unseen."""

import pytest

from tests.waiting import require


def test_require_finds_the_first_program_that_is_installed():
    assert require("no-such-program", "sh").endswith("/sh")


def test_require_fails_under_continuous_integration(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"no-such-program is not installed\."):
        require("no-such-program")


def test_require_skips_on_a_laptop(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        require("no-such-program")
