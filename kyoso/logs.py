"""Log lines: one JSON object each, so that no input can forge a line.

Never in a log: bodies, tokens, codes, whole mail addresses (docs/security.md D1, D3).
"""

import json
import logging
import re
from datetime import UTC, datetime

LONGEST_MESSAGE = 8000
ADDRESS = re.compile(r"([\w.+-])[\w.+-]*@(?=[\w-])")
SECRET = re.compile(
    r"(?i)\b((?:csrfmiddleware)?token|password\d?|passwd|secret|sessionid|key|code|authorization)"
    r"(\"?'?\s*[=:]\s*\"?'?)(?:bearer\s+)?[^\s&\"',;)}\]]+"
)
SLACK_TOKEN = re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+")
# What JSON leaves alone but some readers take for a line end or a terminal command.
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def masked(text: str) -> str:
    """The text without secrets: `taro@city.example.jp` becomes `t***@city.example.jp`."""
    text = SLACK_TOKEN.sub("***", SECRET.sub(r"\1\2***", text))
    return ADDRESS.sub(r"\1***@", text)


def said(record: logging.LogRecord) -> str:
    """The message. A job is named without its arguments: among them are letters (D3)."""
    text, job = record.getMessage(), getattr(record, "job", None)
    if isinstance(job, dict) and "call_string" in job:  # as procrastinate tells of a job
        text = text.replace(job["call_string"], f"{job['task_name']}[{job['id']}]")
    return text


class JsonLines(logging.Formatter):
    """One record as one line of JSON: time with offset, level, logger, message, plain extras, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(said(record)[:LONGEST_MESSAGE]),
        }
        line |= self.extras(record)
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        text = json.dumps(line, ensure_ascii=False)
        return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

    def extras(self, record: logging.LogRecord) -> dict[str, object]:
        """What the caller passed as `extra`, as far as it is a plain text, number or truth value."""
        plain = {
            name: value
            for name, value in vars(record).items()
            if name not in STANDARD and isinstance(value, str | int | float)
        }
        return {name: masked(value) if isinstance(value, str) else value for name, value in plain.items()}


def configuration(level: str) -> dict:
    """Django's LOGGING: everything from `level` on, as JSON lines on standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "kyoso.logs.JsonLines"}},
        "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {"django.server": {"propagate": True}, "procrastinate": {"level": "WARNING"}},
    }
