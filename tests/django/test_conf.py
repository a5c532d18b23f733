# SPDX-License-Identifier: MIT
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from django_profiler.conf import DEFAULTS, KEYS, problems, profiler_settings

EXPECTED = {
    "PARAM": "profile",
    "ENGINE": "trace",
    "INTERVAL": 0.001,
    "AUTHORIZE": "django_profiler.policy.authorize",
    "SAMPLE_RATE": 0.0,
    "SLOW_SECONDS": None,
    "IGNORE": None,
    "DATABASE": "default",
    "MAX_AGE": timedelta(days=7),
    "MAX_PROFILES": 10000,
    "MAX_BYTES": 1024**3,
    "CAPTURE_SQL": True,
    "CAPTURE_SQL_PARAMS": False,
    "CAPTURE_QUERY_STRING": False,
}


def test_every_key_has_its_default(settings: Any) -> None:
    settings.DJANGO_PROFILER = {}
    assert {key: getattr(profiler_settings(), key) for key in KEYS} == EXPECTED


def test_the_setting_may_be_missing(settings: Any) -> None:
    if hasattr(settings, "DJANGO_PROFILER"):
        del settings.DJANGO_PROFILER
    assert profiler_settings() == DEFAULTS


def test_the_settings_are_read_once_and_again_after_a_change(settings: Any) -> None:
    settings.DJANGO_PROFILER = {"PARAM": "p"}
    first = profiler_settings()
    assert first.PARAM == "p"
    assert profiler_settings() is first
    settings.DJANGO_PROFILER = {"PARAM": "q"}
    assert profiler_settings().PARAM == "q"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("PARAM", ""),
        ("PARAM", "a b"),
        ("PARAM", "a&b"),
        ("PARAM", "a\n"),
        ("PARAM", 5),
        ("ENGINE", "magic"),
        ("ENGINE", None),
        ("ENGINE", []),
        ("INTERVAL", 0),
        ("INTERVAL", "0.001"),
        ("INTERVAL", True),
        ("INTERVAL", float("nan")),
        ("AUTHORIZE", None),
        ("AUTHORIZE", ""),
        ("SAMPLE_RATE", 1.5),
        ("SAMPLE_RATE", -0.1),
        ("SAMPLE_RATE", False),
        ("SLOW_SECONDS", -1),
        ("SLOW_SECONDS", "1"),
        ("IGNORE", "/health/"),
        ("IGNORE", ["health"]),
        ("IGNORE", [5]),
        ("DATABASE", None),
        ("DATABASE", ""),
        ("MAX_AGE", "7 days"),
        ("MAX_AGE", timedelta(days=-1)),
        ("MAX_AGE", 1e300),
        ("MAX_PROFILES", 1.5),
        ("MAX_PROFILES", -1),
        ("MAX_BYTES", True),
        ("CAPTURE_SQL", 1),
        ("CAPTURE_SQL_PARAMS", "no"),
        ("CAPTURE_QUERY_STRING", None),
    ],
)
def test_a_wrong_value_is_named_and_the_default_used(
    settings: Any, key: str, value: object
) -> None:
    settings.DJANGO_PROFILER = {key: value}
    assert [problem.key for problem in problems(settings.DJANGO_PROFILER)] == [key]
    assert profiler_settings() == DEFAULTS


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("MAX_AGE", 60, timedelta(minutes=1)),
        ("MAX_AGE", timedelta(hours=1), timedelta(hours=1)),
        ("IGNORE", ["/health/", "/live/"], ("/health/", "/live/")),
        ("IGNORE", [], ()),
        ("SLOW_SECONDS", 2, 2),
        ("SAMPLE_RATE", 1, 1),
        ("MAX_PROFILES", 0, 0),
    ],
)
def test_a_good_value_is_taken(settings: Any, key: str, value: Any, expected: Any) -> None:
    settings.DJANGO_PROFILER = {key: value}
    assert list(problems(settings.DJANGO_PROFILER)) == []
    assert getattr(profiler_settings(), key) == expected


def test_a_callable_may_authorise(settings: Any) -> None:
    def everybody(request: object, trigger: object) -> bool:
        return True

    settings.DJANGO_PROFILER = {"AUTHORIZE": everybody}
    assert profiler_settings().AUTHORIZE is everybody


@pytest.mark.parametrize("raw", [None, [], "trace", 5])
def test_something_else_than_a_dictionary_means_the_defaults(settings: Any, raw: object) -> None:
    settings.DJANGO_PROFILER = raw
    assert [problem.key for problem in problems(raw)] == [""]
    assert profiler_settings() == DEFAULTS
