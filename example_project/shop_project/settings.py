# SPDX-License-Identifier: MIT
"""Settings of the example shop.

Everything that differs between a demo, a test and a sub-path deployment comes from the environment:

    SHOP_DATABASE      SQLite file of the shop (default: var/shop.sqlite3 beside manage.py).
                       The profiles, the secret key and the demo password live in the same folder.
    SHOP_DEBUG         1 (default) or 0. With 0, run collectstatic first.
    SHOP_SCRIPT_NAME   sub-path such as /shop under which the site is reached.
    SHOP_HOSTS         host names to answer, separated by commas (loopback always is).
"""

from __future__ import annotations

import os
from pathlib import Path

from shop_project.secret import read_or_create_secret

BASE_DIR = Path(__file__).resolve().parent.parent
SHOP_DATABASE = Path(os.environ.get("SHOP_DATABASE") or BASE_DIR / "var" / "shop.sqlite3").resolve()
VAR_DIR = SHOP_DATABASE.parent
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = os.environ.get("SHOP_DEBUG", "1") == "1"
SECRET_KEY = read_or_create_secret(VAR_DIR / "secret_key.txt")
LOOPBACK = ["127.0.0.1", "[::1]", "localhost"]
ALLOWED_HOSTS = LOOPBACK + [host for host in os.environ.get("SHOP_HOSTS", "").split(",") if host]

# With DEBUG, requests from these addresses may ask to be profiled.
INTERNAL_IPS = ["127.0.0.1", "::1"]

SHOP_SCRIPT_NAME = os.environ.get("SHOP_SCRIPT_NAME", "").rstrip("/")
FORCE_SCRIPT_NAME = SHOP_SCRIPT_NAME or None

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_profiler",
    "shop",
]

MIDDLEWARE = [
    # First, so that a profile holds the work of every other middleware as well.
    "django_profiler.middleware.ProfilerMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "shop.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

DJANGO_PROFILER = {
    # Profiles in a file of their own: writing one never locks the shop's database.
    "DATABASE": "profiles",
    # "PARAM": "profile",            # ?profile=1
    # "ENGINE": "trace",             # what ?profile=1 means: "trace" or "sample"
    # "INTERVAL": 0.001,             # seconds between samples
    # "AUTHORIZE": "django_profiler.policy.authorize",
    # "SAMPLE_RATE": 0.01,           # record one ordinary request in a hundred
    # "SLOW_SECONDS": 1.0,           # keep every request slower than this
    # "MAX_AGE": 7 * 24 * 3600,      # seconds
    # "MAX_PROFILES": 10_000,
    # "MAX_BYTES": 1 << 30,
    # "CAPTURE_SQL": True,
    # "CAPTURE_SQL_PARAMS": False,
    # "CAPTURE_QUERY_STRING": False,
}

ROOT_URLCONF = "shop_project.urls"
WSGI_APPLICATION = "shop_project.wsgi.application"
ASGI_APPLICATION = "shop_project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context_processors.shop",
            ],
        },
    },
]


def _sqlite(path: Path) -> dict[str, object]:
    """WAL lets readers go on while one writes; IMMEDIATE makes a writer wait instead of failing late."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


DATABASES = {
    "default": _sqlite(SHOP_DATABASE),
    "profiles": _sqlite(SHOP_DATABASE.with_name(f"{SHOP_DATABASE.stem}-profiles.sqlite3")),
}
DATABASE_ROUTERS = ["django_profiler.router.ProfilerRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account-login"
LOGIN_REDIRECT_URL = "account"
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# Relative, so that Django puts the sub-path in front of it.
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
    "base-uri": "'none'",
}
