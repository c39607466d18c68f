"""Settings: what is refused, by which name, and what a production environment must look like."""

import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "SECRET_KEY": "a-production-secret-of-more-than-fifty-different-characters-0123456789",
    "DATABASE_URL": "postgres://chat:chat@database:5432/chat",
    "REDIS_URL": "redis://redis:6379/0",
    "WEB_PROCESSES": "4",
    "ALLOWED_HOSTS": "chat.example.org",
    "ALLOWED_ORIGINS": "https://chat.example.org",
    "LOG_FORMAT": "json",
}


#: Every name, emptied: nothing of the shell's settings, nor of a `.env`, gets into the processes below.
NOTHING = dict.fromkeys(re.findall(r"^#(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE), "")


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the repository, with these settings and no others."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **NOTHING, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def load(**environment: str) -> subprocess.CompletedProcess[str]:
    return python("-c", "import chatproject.settings", **environment)


def setting(name: str, **environment: str) -> str:
    done = python("-c", f"from chatproject import settings; print(settings.{name})", **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ALLOWED_HOSTS", "https://chat.example.org", "without https://"),
        ("ALLOWED_HOSTS", "chat.example.org:443", "or a port"),
        ("ALLOWED_ORIGINS", "chat.example.org", "such as https://chat.example.org"),
        ("ALLOWED_ORIGINS", "https://chat.example.org/", "such as https://chat.example.org"),
        ("ALLOWED_ORIGINS", "http://[bad", "such as https://chat.example.org"),
        ("ALLOWED_ORIGINS", "https://me@chat.example.org", "such as https://chat.example.org"),
        ("FORWARDED_ALLOW_IPS", "caddy", "addresses or networks"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.0/33", "addresses or networks"),
        ("ALLOW_GUESTS", "perhaps", "on or off"),
        ("ALLOW_SIGNUP", "2", "on or off"),
        ("CLAMAV_REQUIRED", "maybe", "on or off"),
        ("CLAMAV_URL", "clamav:3310", "tcp://host:port"),
        ("CLAMAV_URL", "tcp://clamav", "tcp://host:port"),
        ("DATABASE_URL", "mysql://host/chat", "postgres://user:password@host:port/name"),
        ("DATABASE_URL", "postgres://", "postgres://user:password@host:port/name"),
        ("DATABASE_URL", "postgres://host:port/chat", "postgres://user:password@host:port/name"),
        ("DATABASE_URL", "sqlite:///", "sqlite:///path"),
        ("DATA_DIR", "/proc/none", "a writable folder"),
        ("DEBUG", "yes please", "on or off"),
        ("DELETE_WINDOW", "-1", "a whole number from 0"),
        ("EDIT_WINDOW", "15m", "a whole number from 0"),
        ("EDIT_HISTORY_FOR", "nobody", "members or moderators"),
        ("EMAIL_URL", "mail.example.org", "smtp+tls://user:password@host:587"),
        ("EMAIL_FROM", "chat", "Our team <chat@example.org>"),
        ("EMAIL_FROM", "Our, team <chat@example.org>", "Our team <chat@example.org>"),
        ("EMAIL_FROM", "a@example.org, b@example.org", "Our team <chat@example.org>"),
        ("EMAIL_FROM", "Team <chat@example.org>\r\nBcc: <eve@example.org>", "Our team <chat@example.org>"),
        ("INVITE_MAX_AGE", "soon", "90s, 15m, 12h or 7d, or never"),
        ("INVITE_MAX_AGE", "0d", "90s, 15m, 12h or 7d, or never"),
        ("LOG_FORMAT", "xml", "console or json"),
        ("PORT", "65536", "from 0 to 65535"),
        ("PORT", "http", "from 0 to 65535"),
        ("RATE_LIMITS", "low", "on or off"),
        ("REDIS_URL", "localhost:6379", "redis://host:port/0"),
        ("REDIS_URL", "redis://localhost:port", "redis://host:port/0"),
        ("SECRET_KEY", "short", "at least 32 characters"),
        ("SECRET_KEY_FILE", "/no/such/file", "a readable file"),
        ("UPLOADS_S3_ENDPOINT", "minio:9000", "such as https://s3.example.org:9000"),
        ("UPLOADS_URL", "s3://", "with the name of your bucket"),
        ("UPLOADS_URL", "s3:///prefix", "with the name of your bucket"),
        ("UPLOADS_URL", "https://files.example.org", "with the name of your bucket"),
        ("WEB_PROCESSES", "0", "from 1 to 64"),
        ("WEB_PROCESSES", "-1", "from 1 to 64"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(name: str, value: str, says: str, tmp_path: Path) -> None:
    done = load(**{"DATA_DIR": str(tmp_path), name: value})
    assert done.returncode != 0
    assert f"{name}=" in last_line(done.stderr)
    assert says in last_line(done.stderr)


def test_a_wrong_value_does_not_show_the_password_in_it(tmp_path: Path) -> None:
    for name, value in [
        ("DATABASE_URL", "postgres://chat:s3cret@host:port/chat"),
        ("REDIS_URL", "http://:s3cret@host:6379"),
        ("EMAIL_URL", "mail://me:s3cret@host"),
        ("SECRET_KEY", "s3cret"),
    ]:
        done = load(**{"DATA_DIR": str(tmp_path), name: value})
        assert f"{name}=" in last_line(done.stderr)
        assert "s3cret" not in last_line(done.stderr)


def test_several_processes_need_redis(tmp_path: Path) -> None:
    done = python("manage.py", "check", DATA_DIR=str(tmp_path), WEB_PROCESSES="2")
    assert done.returncode != 0
    assert "WEB_PROCESSES=2 needs REDIS_URL" in last_line(done.stderr)


def test_a_production_environment_is_clean(tmp_path: Path) -> None:
    check = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = python(*check, **PRODUCTION, DATA_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert setting("HOST", HOST="", DATA_DIR=str(tmp_path)) == "127.0.0.1"
    assert setting("ALLOW_SIGNUP", ALLOW_SIGNUP="", DATA_DIR=str(tmp_path)) == "True"


def test_mail_is_from_an_address_that_is_set_or_from_the_servers_name_never_from_the_smtp_user(
    tmp_path: Path,
) -> None:
    environment = {
        "DATA_DIR": str(tmp_path),
        "EMAIL_URL": "smtp+tls://AKIASECRET:password@mail.example.org:587",
    }
    assert setting("DEFAULT_FROM_EMAIL", **environment) == "Chat <chat@localhost>"
    environment["ALLOWED_ORIGINS"] = "https://chat.example.org:8443"
    assert setting("DEFAULT_FROM_EMAIL", **environment) == "Chat <chat@chat.example.org>"
    environment["EMAIL_FROM"] = "Grüne Boote <hallo@example.org>"
    assert setting("DEFAULT_FROM_EMAIL", **environment) == "Grüne Boote <hallo@example.org>"


def test_the_generated_secret_is_the_owners_alone_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "when" / "needed"
    first = setting("SECRET_KEY", DATA_DIR=str(folder))
    assert len(first) >= 64
    assert setting("SECRET_KEY", DATA_DIR=str(folder)) == first
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["secret_key", "work"]


def test_processes_that_start_at_once_agree_on_the_generated_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        keys = set(threads.map(lambda _: setting("SECRET_KEY", DATA_DIR=str(tmp_path / "new")), range(4)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 64


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("k" * 40 + "\n")
    assert setting("SECRET_KEY", SECRET_KEY_FILE=str(file), DATA_DIR=str(tmp_path)) == "k" * 40


def test_a_default_port_is_no_part_of_an_origin(tmp_path: Path) -> None:
    given = "https://Chat.Example.org:443,http://chat.lan:80,http://chat.lan:8080"
    found = setting("ALLOWED_ORIGINS", ALLOWED_ORIGINS=given, DATA_DIR=str(tmp_path))
    assert found == "['https://chat.example.org', 'http://chat.lan', 'http://chat.lan:8080']"


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"HOST": "0.0.0.0"}, "without ALLOWED_HOSTS"),
        ({"HOST": "::"}, "without ALLOWED_HOSTS"),
        ({"HOST": "0.0.0.0", "ALLOWED_HOSTS": "chat.lan"}, ""),
        ({"ALLOWED_HOSTS": "*"}, "set ALLOWED_ORIGINS"),
        ({"ALLOWED_HOSTS": "*", "ALLOWED_ORIGINS": "https://chat.example.org"}, ""),
        ({}, ""),
    ],
)
def test_a_start_warns_of_hosts_that_are_hardly_meant(environment, says, tmp_path: Path) -> None:
    start = (
        "import django; django.setup(); from chatproject.operations import start; start.warn_of_settings()"
    )
    names = {"DJANGO_SETTINGS_MODULE": "chatproject.settings", "DATA_DIR": str(tmp_path)}
    done = python("-c", start, **names, **environment)
    assert done.returncode == 0, done.stderr
    assert says in done.stderr if says else "ALLOWED" not in done.stderr
