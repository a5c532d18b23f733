# SPDX-License-Identifier: MIT
"""Settings of the test suite. File databases: the writer thread has connections of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_FOLDER = Path(tempfile.gettempdir()) / f"django_profiler_tests-{os.getuid()}-{os.getpid()}"
_FOLDER.mkdir(mode=0o700, exist_ok=True)


def _remove(pid: int) -> None:
    if pid == os.getpid():
        shutil.rmtree(_FOLDER, ignore_errors=True)


atexit.register(_remove, os.getpid())


def _database(name: str) -> dict:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _FOLDER / f"{name}.sqlite3",
        "TEST": {"NAME": _FOLDER / f"test_{name}.sqlite3"},
        # Otherwise as Django sets SQLite up: what holds here holds with WAL all the more.
        "OPTIONS": {"timeout": 20},
    }


SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
ROOT_URLCONF = "tests.django.urls"
USE_TZ = True
DATABASES = {"default": _database("default"), "profiles": _database("profiles")}
DATABASE_ROUTERS = ["django_profiler.router.ProfilerRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_profiler",
]
MIDDLEWARE = [
    "django_profiler.middleware.ProfilerMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
LOGIN_URL = "/accounts/login/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
