"""Log lines: what they hold and what they must not."""

import json
import logging

import pytest
from procrastinate.jobs import Job

from kyoso.logs import JsonLines, masked


def line(message: str, *arguments: object, **extras: object) -> str:
    record = logging.LogRecord("kyoso.test", logging.WARNING, __file__, 1, message, arguments, None)
    vars(record).update(extras)
    return JsonLines().format(record)


def test_line_is_one_json_object_with_an_utc_offset():
    found = json.loads(line("%s が入室しました", "青森"))
    assert (found["level"], found["logger"], found["message"]) == (
        "WARNING",
        "kyoso.test",
        "青森 が入室しました",
    )
    assert found["time"].endswith("+00:00")


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\u2029", "\x85", "\x1b[2J", "\ud800"])
def test_line_cannot_be_forged(end):
    text = line("a%sb", end)
    assert text.splitlines() == [text]
    text.encode()
    assert json.loads(text)["message"] == f"a{end}b"


def test_line_keeps_plain_extras_and_drops_objects():
    found = json.loads(line("x", member=7, request=object(), where="10.0.0.1"))
    assert (found["member"], found["where"], "request" in found) == (7, "10.0.0.1", False)


def test_a_job_that_failed_is_named_without_what_it_was_given():
    """A letter waits in a job's arguments: the library puts them into the message of the failure."""
    job = Job(
        id=7,
        queue="mail",
        lock=None,
        queueing_lock=None,
        task_name="send_notice",
        task_kwargs={"body": "482915"},
    )
    found = line(f"Job {job.call_string} ended with status: Error, ", job=job.log_context())
    assert json.loads(found)["message"] == "Job send_notice[7] ended with status: Error, "


def test_exception_text_is_masked():
    try:
        raise ValueError("taro.suzuki@city.aomori.lg.jp password=himitsu-123")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "broken", (), (ValueError, error, None))
    found = JsonLines().format(record)
    assert ("taro.suzuki" in found, "himitsu" in found, "t***@city.aomori.lg.jp" in found) == (
        False,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("suzuki+kyoso@pref.example.jp", "s***@pref.example.jp"),
        ("/accounts/confirm/?code=123456&next=/", "/accounts/confirm/?code=***&next=/"),
        ('{"token": "abc.def"}', '{"token": "***"}'),
        ("Authorization: Bearer abc", "Authorization: ***"),
        ("xoxb-123-456-abc was refused", "*** was refused"),
        ("the monkey=3 and 暗号コード", "the monkey=3 and 暗号コード"),
    ],
)
def test_masked_hides_secrets_and_nothing_else(text, safe):
    assert masked(text) == safe
