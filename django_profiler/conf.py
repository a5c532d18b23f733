# SPDX-License-Identifier: MIT
"""The one setting `DJANGO_PROFILER`: defaults, validation, and a cached view of it.

A wrong value never stops a request: `manage.py check` names it (see `checks`), and the default
is used in its place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

SETTING = "DJANGO_PROFILER"
ENGINES = ("trace", "sample")
_PARAM = re.compile(r"[A-Za-z0-9_.~-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class ProfilerSettings:
    """Attributes are spelled like the keys, so that a search for a key finds every use."""

    PARAM: str = "profile"
    ENGINE: str = "trace"
    INTERVAL: float = 0.001
    AUTHORIZE: str | Callable[..., bool] = "django_profiler.policy.authorize"
    SAMPLE_RATE: float = 0.0
    SLOW_SECONDS: float | None = None
    # None stands for the default: the admin pages of this app, static and media files.
    IGNORE: tuple[str, ...] | None = None
    DATABASE: str = "default"
    MAX_AGE: timedelta = timedelta(days=7)
    MAX_PROFILES: int = 10_000
    MAX_BYTES: int = 1024**3
    CAPTURE_SQL: bool = True
    CAPTURE_SQL_PARAMS: bool = False
    CAPTURE_QUERY_STRING: bool = False


KEYS = tuple(field.name for field in fields(ProfilerSettings))
DEFAULTS = ProfilerSettings()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the value of a key; `key` is empty when the whole is wrong."""

    key: str
    expected: str
    value: object


@cache
def profiler_settings() -> ProfilerSettings:
    raw = configured()
    result = ProfilerSettings()
    if not isinstance(raw, Mapping):
        return result
    wrong = {problem.key for problem in problems(raw)}
    values = {key: _normalised(key, raw[key]) for key in KEYS if key in raw and key not in wrong}
    return replace(result, **values)


def configured() -> Any:
    """The setting as the project wrote it."""
    return getattr(settings, SETTING, {})


def problems(raw: Any) -> Iterator[Problem]:
    """Every known key whose value cannot be used. Unknown keys are not looked at."""
    if not isinstance(raw, Mapping):
        yield Problem("", "a dictionary", raw)
        return
    for key, (expected, accepts) in _RULES.items():
        if key in raw and not accepts(raw[key]):
            yield Problem(key, expected, raw[key])


def _normalised(key: str, value: Any) -> Any:
    if key == "IGNORE" and value is not None:
        return tuple(value)
    if key == "MAX_AGE" and not isinstance(value, timedelta):
        return timedelta(seconds=value)
    return value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _age(value: Any) -> bool:
    if isinstance(value, timedelta):
        return value >= timedelta(0)
    return _number(value) and 0 <= value <= timedelta.max.total_seconds() / 2


def _prefixes(value: Any) -> bool:
    return value is None or (
        isinstance(value, list | tuple | set | frozenset)
        and all(isinstance(prefix, str) and prefix.startswith("/") for prefix in value)
    )


_RULES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "PARAM": (
        "a name of letters, digits and the signs _ . ~ -",
        lambda value: isinstance(value, str) and bool(_PARAM.match(value)),
    ),
    "ENGINE": ('"trace" or "sample"', lambda value: value in ENGINES),
    "INTERVAL": (
        "a number of seconds between 0.0001 and 1",
        lambda value: _number(value) and 0.0001 <= value <= 1,
    ),
    "AUTHORIZE": (
        "a callable or the dotted path to one",
        lambda value: callable(value) or (isinstance(value, str) and bool(value)),
    ),
    "SAMPLE_RATE": (
        "a number between 0 and 1",
        lambda value: _number(value) and 0 <= value <= 1,
    ),
    "SLOW_SECONDS": (
        "None or a number of seconds, not negative",
        lambda value: value is None or (_number(value) and value >= 0),
    ),
    "IGNORE": ("a list of path prefixes, each with a slash in front", _prefixes),
    "DATABASE": (
        "the alias of a database",
        lambda value: isinstance(value, str) and bool(value),
    ),
    "MAX_AGE": ("a timedelta or a number of seconds, not negative", _age),
    "MAX_PROFILES": ("a whole number, not negative", _count),
    "MAX_BYTES": ("a whole number of bytes, not negative", _count),
    "CAPTURE_SQL": ("True or False", _flag),
    "CAPTURE_SQL_PARAMS": ("True or False", _flag),
    "CAPTURE_QUERY_STRING": ("True or False", _flag),
}


def _forget(*, setting: str, **_: object) -> None:
    if setting == SETTING:
        profiler_settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="django_profiler.conf")
