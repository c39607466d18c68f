"""Typed readers of environment variables, with error messages that name the variable.

Every reader takes the name and a default, and raises `ImproperlyConfigured` that says which variable is
wrong, its value, and which values are allowed. A secret can also come from a file: `NAME_FILE=/path`.
A variable that is empty counts as not set.
"""

import os
import re
from collections.abc import Sequence
from datetime import timedelta
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import EmailValidator

from lib import addresses, private_files

Network = IPv4Network | IPv6Network
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def wrong(name: str, value: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}={value!r} is not valid: it must be {wanted}.")


def text(name: str, default: str = "") -> str:
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise wrong(f"{name}_FILE", path, f"a readable file ({error.strerror})") from error
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    value = text(name, "on" if default else "off").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise wrong(name, value, "on or off")


def number(name: str, default: int, low: int, high: int) -> int:
    value = text(name, str(default))
    if re.fullmatch(r"\d{1,9}", value) and low <= int(value) <= high:
        return int(value)
    raise wrong(name, value, f"a whole number from {low} to {high}")


def choice(name: str, default: str, allowed: Sequence[str]) -> str:
    value = text(name, default).lower()
    if value in allowed:
        return value
    raise wrong(name, value, " or ".join(allowed))


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def duration(name: str, default: str) -> timedelta | None:
    """`90s`, `15m`, `12h`, `7d`; `never` is None, without end."""
    value = text(name, default).lower()
    if value == "never":
        return None
    match = re.fullmatch(r"([1-9]\d{0,6})([smhd])", value)
    if not match:
        raise wrong(name, value, "a time such as 90s, 15m, 12h or 7d, or never")
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def folder(name: str, default: Path) -> Path:
    """A writable folder; created if missing, with permissions for its owner only."""
    path = Path(text(name, str(default))).resolve()
    try:
        private_files.make_folder(path)
    except OSError as error:
        raise wrong(name, str(path), f"a writable folder ({error.strerror})") from error
    return path


def hosts(name: str, default: str) -> list[str]:
    found = words(name, default)
    for host in found:
        if not re.fullmatch(r"\*|\.?[\w.-]+|\[[\da-fA-F:.]+\]", host):
            raise wrong(name, host, "a list of names such as chat.example.org, without https:// or a port")
    return found


def origins(name: str) -> list[str]:
    found = words(name)
    normal = [addresses.origin(origin) for origin in found]
    if None in normal:
        wanted = "a list of origins such as https://chat.example.org"
        raise wrong(name, found[normal.index(None)], wanted)
    return [origin for origin in normal if origin]


def networks(name: str, default: str) -> list[Network] | None:
    """Addresses and networks; None for `*`, which is any."""
    found = words(name, default)
    if found == ["*"]:
        return None
    try:
        return [ip_network(word, strict=False) for word in found]
    except ValueError as error:
        raise wrong(name, ",".join(found), "a list of addresses or networks such as 10.0.0.0/8") from error


def database(name: str, default: str) -> dict[str, Any]:
    url = text(name, default)
    wanted = "sqlite:///path or postgres://user:password@host:port/name"
    if not url.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise wrong(name, url.split("@")[-1], wanted)
    try:
        if not urlsplit(url).path.strip("/"):
            raise ValueError("no name")
        return dict(environ.Env.db_url_config(url))
    except (ValueError, environ.ImproperlyConfigured) as error:
        raise wrong(name, url.split("@")[-1], wanted) from error


def redis(name: str) -> str:
    url = text(name)
    try:
        if url and not (urlsplit(url).scheme in ("redis", "rediss", "unix") and urlsplit(url).port != 0):
            raise ValueError("no Redis address")
    except ValueError as error:  # urlsplit's own, of a port that is no number
        raise wrong(name, url.split("@")[-1], "redis://host:port/0") from error
    return url


def tcp(name: str) -> str:
    url = text(name)
    try:
        parts = urlsplit(url)
        if url and not (parts.scheme == "tcp" and parts.hostname and parts.port):
            raise ValueError("no host and port")
    except ValueError as error:
        raise wrong(name, url, "tcp://host:port") from error
    return url


def http(name: str) -> str:
    url = text(name)
    try:
        parts = urlsplit(url)
        if url and not (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0):
            raise ValueError("no address")
    except ValueError as error:
        raise wrong(name, url.split("@")[-1], "such as https://s3.example.org:9000") from error
    return url


def bucket(name: str) -> str:
    """`s3://bucket/prefix`; the prefix may be missing."""
    url = text(name)
    wanted = "s3://bucket or s3://bucket/prefix, with the name of your bucket"
    if url and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w./-]*)?", url):
        raise wrong(name, url.split("@")[-1], wanted)
    return url


def email(name: str, default: str) -> dict[str, Any]:
    url = text(name, default)
    try:
        return dict(environ.Env.email_url_config(url))
    except (KeyError, ValueError, environ.ImproperlyConfigured) as error:
        raise wrong(name, url.split("@")[-1], "such as smtp+tls://user:password@host:587") from error


def sender(name: str, default: str) -> str:
    """An address, or a name and an address: `Our team <chat@example.org>` (RFC 5322, section 3.4)."""
    value = text(name, default)
    try:
        [(_, address)] = getaddresses([value])
        EmailValidator(allowlist=["localhost"])(address)
        if not value.isprintable():
            raise ValueError("more than one line")
    except (ValueError, ValidationError) as error:
        raise wrong(
            name, value, "an address such as chat@example.org, or Our team <chat@example.org>"
        ) from error
    return value
