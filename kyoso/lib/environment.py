"""Read settings from environment variables; a wrong value is one plain sentence, not a traceback."""

import os
import secrets
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit


class WrongSetting(SystemExit):
    """A setting that stops the start. Printed as it is; exit status 1."""

    def __init__(self, name: str, sentence: str):
        super().__init__(f"Kyoso cannot start: {name} {sentence}")


def text(name: str, default: str = "") -> str:
    """The variable's text, stripped; `default` when unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """A yes/no variable. Raises WrongSetting for anything but 1/true/yes/on and 0/false/no/off."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise WrongSetting(name, f"must be true or false, not {value!r}.")


def kept_secret(folder: Path) -> str:
    """The embedded mode's secret, made once: a random key is kept in <folder>/secret-key (mode 0600)."""
    path = folder / "secret-key"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", opener=partial(os.open, mode=0o600)) as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text()


def number(name: str, default: int, least: int = 0, most: int = 1_000_000) -> int:
    """A whole number between `least` and `most`, both allowed. Raises WrongSetting otherwise."""
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or not least <= int(value) <= most:
        raise WrongSetting(name, f"must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def token(name: str, shortest: int) -> str:
    """A secret that machines show us, "" when unset. Raises WrongSetting when it could be guessed."""
    value = text(name)
    if value and (len(value) < shortest or not value.isascii() or len(value.split()) > 1):
        raise WrongSetting(name, f"must be a random text of at least {shortest} ASCII characters.")
    return value


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list without empty entries."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or list(default)


def origins(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list of origins `scheme://host[:port]`. Raises WrongSetting for anything with a path or no scheme."""
    found = words(name, default)
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise WrongSetting(name, f"must list origins such as https://kyoso.example.jp, not {origin!r}.")
    return found


def database(name: str, url: str) -> dict:
    """Django's DATABASES entry for postgres://user:password@host:port/name?host=/socket/folder.

    Raises WrongSetting for any other scheme: Kyoso has no SQLite path.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise WrongSetting(name, "must be a postgresql:// address with a database name.")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    host = unquote(query.pop("host", parts.hostname or ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": {key: unquote(value) for key, value in query.items()},
    }


def mail(name: str) -> dict:
    """Django's EMAIL_* settings for smtp[s]://user:password@host:port; empty when unset.

    `smtp` upgrades with STARTTLS unless `?tls=off`; `smtps` speaks TLS from the first byte.
    """
    url = text(name)
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise WrongSetting(name, "must be smtp://user:password@host:port or smtps://….")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and "tls=off" not in parts.query,
    }
