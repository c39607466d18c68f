"""Settings, all from the environment (or `.env`); README.md has the table.

The defaults run the whole product on a laptop: SQLite, in-memory channel layer, one process.
"""

import contextlib
import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from chatproject import env
from lib import private_files

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")

VERSION = "0.1.0"
DEBUG = env.flag("DEBUG", False)
HOST = env.text("HOST", "127.0.0.1")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (as HOST: on every network of the machine)
PORT = env.number("PORT", 8000, 0, 65535)  # 0: any free port
WEB_PROCESSES = env.number("WEB_PROCESSES", 1, 1, 64)
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
REDIS_URL = env.redis("REDIS_URL")
if WEB_PROCESSES > 1 and not REDIS_URL:
    raise ImproperlyConfigured(
        f"WEB_PROCESSES={WEB_PROCESSES} needs REDIS_URL: several processes tell each other of new "
        "messages through Redis. Set REDIS_URL=redis://host:6379/0, or WEB_PROCESSES=1."
    )


def _secret_key() -> str:
    """SECRET_KEY, or one made at the first start and kept in DATA_DIR, readable by its owner only."""
    if key := env.text("SECRET_KEY"):
        if len(key) < 32:
            raise env.wrong("SECRET_KEY", "…", "at least 32 characters long")
        return key
    path = DATA_DIR / "secret_key"
    try:
        # Written to a temporary file and linked: if two processes start at once, both read the same key.
        aside = DATA_DIR / f".secret_key.{os.getpid()}"
        if not path.exists():
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(64))
            with contextlib.suppress(FileExistsError):
                os.link(aside, path)
            aside.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise env.wrong("DATA_DIR", str(DATA_DIR), f"a writable folder ({error.strerror})") from error


SECRET_KEY = _secret_key()

# What the operator allows
ALLOW_SIGNUP = env.flag("ALLOW_SIGNUP", True)
ALLOW_GUESTS = env.flag("ALLOW_GUESTS", False)
INVITE_MAX_AGE = env.duration("INVITE_MAX_AGE", "7d")  # None: links that never expire are allowed
# Seconds after sending in which one may edit and delete a message, here or as a room has it; 0: no end.
WINDOW_LONGEST = 10 * 366 * 86_400
EDIT_WINDOW = env.number("EDIT_WINDOW", 0, 0, WINDOW_LONGEST)
DELETE_WINDOW = env.number("DELETE_WINDOW", 0, 0, WINDOW_LONGEST)
EDIT_HISTORY_FOR = env.choice("EDIT_HISTORY_FOR", "members", ["members", "moderators"])
RATE_LIMITS = env.flag("RATE_LIMITS", True)

# Public addresses. If all origins are https://, cookies are Secure and plain HTTP redirects.
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
ALLOWED_ORIGINS = env.origins("ALLOWED_ORIGINS")
_here = "127.0.0.1" if HOST in EVERYWHERE else HOST
LOCAL_ORIGIN = f"http://{f'[{_here}]' if ':' in _here else _here}:{PORT}"  # the address on this machine
TRUSTED_PROXIES = env.networks("FORWARDED_ALLOW_IPS", "127.0.0.1")  # None: every peer is trusted
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
TLS = bool(ALLOWED_ORIGINS) and all(origin.startswith("https://") for origin in ALLOWED_ORIGINS)
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)/?$"]
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
SECURE_PROXY_SSL_HEADER = None  # chatproject.http.proxies reads X-Forwarded-Proto of trusted proxies
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-sessionid" if TLS else "sessionid"  # the others: accounts.cookies
CSRF_COOKIE_NAME = "__Host-csrftoken" if TLS else "csrftoken"
LANGUAGE_COOKIE_NAME = "__Host-django_language" if TLS else "django_language"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    # Makes `runserver` speak ASGI. Any other start would pay for importing Twisted: a third of a second.
    *(["daphne"] if "runserver" in sys.argv else []),
    "lib.admin_site.AdminConfig",
    "files",
    "accounts",  # its `changepassword` replaces that of auth
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "django_filters",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "chat",
    "rooms",
    "chatproject",
]
MIDDLEWARE = [
    "chatproject.operations.telemetry.RequestMiddleware",
    "chatproject.http.middleware.PrivacyMiddleware",
    "chatproject.http.middleware.PolicyMiddleware",
    "accounts.cookies.CookieNamesMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "chatproject.http.middleware.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "chatproject.http.middleware.ErrorShapeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.devices.DeviceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "chatproject.urls"
ASGI_APPLICATION = "chatproject.asgi.application"
APPEND_SLASH = False  # both spellings are routed; a redirect would lose a POST's body
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Storage. Timeouts are short: while the database is unreachable, requests get 503 within 5 s.
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
_db = DATABASES["default"]
POSTGRESQL = "postgres" in _db["ENGINE"]
# PostgreSQL's connections go back to the pool after each request; a thread keeps its SQLite file open.
_db["CONN_MAX_AGE"] = 0 if POSTGRESQL else None
if POSTGRESQL:
    _db["ENGINE"] = "lib.database.postgresql"
    _db["OPTIONS"] = {
        **_db.get("OPTIONS", {}),
        # Few enough that all processes together stay under PostgreSQL's default of 100 connections.
        "pool": {
            "min_size": 1,
            "max_size": min(12, max(6, 90 // WEB_PROCESSES)),
            "timeout": 2.5,  # seconds; see also chatproject.http.admission
            "max_idle": 60,
            # Seconds between two attempts to connect: by default the pauses double, up to a minute after a minute's
            # outage.
            "reconnect_timeout": 1,
        },
        "connect_timeout": 2,
        "tcp_user_timeout": 4000,  # ms
    }
else:
    _db["ENGINE"] = "lib.database.sqlite"
    _db["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 4,
        # synchronous=FULL: an ack means that the commit reached the disk. cache_size: 5 MB for each of eleven threads;
        # 20 MB held 3 kB more for each of 9,000 sockets and made nothing faster. wal_autocheckpoint: the log is
        # copied into the database every 16 MB, not 4, as a page that many messages change is then copied once.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-5000; "
        "PRAGMA wal_autocheckpoint=4000;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},  # two for each person of the last minutes (the throttles)
    }
}

if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "chat.realtime.layer.RedisLayer",
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 2, "socket_connect_timeout": 2}]},
        }
    }
else:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            # Effectively unlimited: with the defaults messages are dropped and group members expire silently.
            "CONFIG": {"capacity": 100_000, "expiry": 10**9, "group_expiry": 10**9},
        }
    }

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.UsernameOrEmailBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/docs"
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=30),
    "USER_ID_CLAIM": "user_id",
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SECRET_KEY,
}

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": [
        "lib.rest.JSONRenderer",
        "lib.rest.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "lib.rest.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "lib.rest.exception_handler",
    "DEFAULT_METADATA_CLASS": "lib.rest.Metadata",
    "DEFAULT_PAGINATION_CLASS": "lib.rest.Pagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {
        # Rate limits, counted per process. Signing in has its own, in accounts.throttle.
        "user": "1200/min",
        "file": "6000/min",
        "anon": "300/min",
        "signup": "20/hour",
    },
    "DEFAULT_THROTTLE_CLASSES": (
        ["accounts.throttle.UserThrottle", "accounts.throttle.AnonThrottle"] if RATE_LIMITS else []
    ),
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Chat server",
    "DESCRIPTION": "General, private chats and rooms. The sockets are described at /asyncapi.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",  # its schemas are JSON Schema, as the sockets' are
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [],  # choices stay inline: as components they would need names
    "SCHEMA_PATH_PREFIX": "/",
}

EMAIL_CONFIG = env.email("EMAIL_URL", "consolemail://")
globals().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds that the mail server has for each answer
#: Never the SMTP user: at some providers that name is a secret, and at others no address.
DEFAULT_FROM_EMAIL = env.sender(
    "EMAIL_FROM", f"Chat <chat@{urlsplit(ALLOWED_ORIGINS[0]).hostname if ALLOWED_ORIGINS else 'localhost'}>"
)

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # those that are complete
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"  # made from the code, so it stays with the code, also in an image
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "chatproject.assets.Finder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]


def SERVESTATIC_ADD_HEADERS_FUNCTION(headers: dict[str, str], path: str, url: str) -> None:
    """Add the headers of Django's SecurityMiddleware, through which static files don't pass."""
    headers["X-Content-Type-Options"] = "nosniff"


STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "file_permissions_mode": private_files.FILE,
            "directory_permissions_mode": private_files.FOLDER,
        },
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "servestatic.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
MEDIA_ROOT = DATA_DIR / "uploads"
UPLOADS_S3_ENDPOINT = env.http("UPLOADS_S3_ENDPOINT")
if UPLOADS_URL := env.bucket("UPLOADS_URL"):
    STORAGES["default"] = {
        "BACKEND": "files.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": urlsplit(UPLOADS_URL).netloc,
            "location": urlsplit(UPLOADS_URL).path.strip("/"),
            "endpoint_url": UPLOADS_S3_ENDPOINT or None,
            # None: found as all programs for AWS do, such as in the machine's role.
            "access_key": env.text("AWS_ACCESS_KEY_ID") or None,
            "secret_key": env.text("AWS_SECRET_ACCESS_KEY") or None,
            "security_token": env.text("AWS_SESSION_TOKEN") or None,
            "region_name": env.text("AWS_DEFAULT_REGION") or None,
        },
    }
CLAMAV_URL = env.tcp("CLAMAV_URL")  # of clamd, which scans uploads for viruses
CLAMAV_REQUIRED = env.flag("CLAMAV_REQUIRED", True)  # no uploads while it is away
#: Files that are being worked on; what a process has left there goes with the next cleaning (files.keeping).
WORK_DIR = FILE_UPLOAD_TEMP_DIR = DATA_DIR / "work"
private_files.make_folder(WORK_DIR)
MEGABYTE = 1_000_000
UPLOAD_MAX_SIZE = env.number("UPLOAD_MAX_MB", 25, 1, 100_000) * MEGABYTE  # bytes of a file
# Of a person's files: in 24 hours, and of all; 0: no limit.
UPLOAD_DAILY = env.number("UPLOAD_DAILY_MB", 1000, 0, 10**9) * MEGABYTE
UPLOAD_QUOTA = env.number("UPLOAD_QUOTA_MB", 0, 0, 10**9) * MEGABYTE
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

LOG_FORMAT = env.choice("LOG_FORMAT", "console", ["console", "json"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "console": {"()": "chatproject.operations.logs.console"},
        "json": {"()": "chatproject.operations.logs.json"},
    },
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["out"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["out"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["out"], "level": "INFO", "propagate": False},
        # Refusals are counted, and a path may hold a secret.
        "django.request": {"handlers": ["out"], "level": "ERROR", "propagate": False},
        "uvicorn.access": {"handlers": ["out"], "level": "WARNING", "propagate": False},
        "uvicorn.error.sockets": {
            "level": "WARNING"
        },  # a line for each took a third of the time to open a socket
        "daphne": {"handlers": ["out"], "level": "WARNING", "propagate": False},
        # They would show the path, with a traceback; each such refusal is noted by lib.refusals.
        "django.security.csrf": {"level": "CRITICAL"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
CSRF_FAILURE_VIEW = "chatproject.http.middleware.csrf_failure"
# The username is unique without regard to case, by a constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
