# SPDX-License-Identifier: MIT
"""What `manage.py check` says about the configuration. The ids are stable."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import DEFAULT_DB_ALIAS
from django.utils.module_loading import import_string

from django_profiler import gate
from django_profiler.conf import KEYS, SETTING, configured, problems, profiler_settings

MIDDLEWARE = "django_profiler.middleware.ProfilerMiddleware"
ROUTER = "django_profiler.router.ProfilerRouter"
MANIFEST = Path(__file__).parent / "static" / "django_profiler" / "dist" / "manifest.json"


@register
def check_settings(**_: Any) -> list[CheckMessage]:
    raw = configured()
    messages = list(_unknown_keys(raw)) if isinstance(raw, Mapping) else []
    for problem in problems(raw):
        name = f"{SETTING}[{problem.key!r}]" if problem.key else SETTING
        messages.append(
            Error(
                f"{name} has to be {problem.expected}, not {problem.value!r}.",
                hint="The default is used in its place." if problem.key else None,
                id="django_profiler.E002" if problem.key else "django_profiler.E001",
            )
        )
    return messages


def _unknown_keys(raw: Mapping) -> Iterator[CheckMessage]:
    for key in raw:
        if key in KEYS:
            continue
        close = difflib.get_close_matches(str(key).upper(), KEYS, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"The keys are {', '.join(KEYS)}."
        yield Warning(f"{SETTING} has no key {key!r}.", hint=hint, id="django_profiler.W001")


@register
def check_middleware(**_: Any) -> list[CheckMessage]:
    positions = [n for n, path in enumerate(settings.MIDDLEWARE) if _is_middleware(path)]
    hint = f"Put {MIDDLEWARE!r} first in MIDDLEWARE."
    if not positions:
        message = "The profiler's middleware is not in MIDDLEWARE: no request can be profiled."
        return [Warning(message, hint=hint, id="django_profiler.W002")]
    if positions[0] != 0:
        message = (
            "The profiler's middleware is not the first: what stands in front of it is missing "
            "in the profiles, and may cache or change its responses."
        )
        return [Warning(message, hint=hint, id="django_profiler.W003")]
    return []


def _is_middleware(path: str) -> bool:
    from django_profiler.middleware import ProfilerMiddleware

    if path == MIDDLEWARE:
        return True
    try:
        found = import_string(path)
    except ImportError:
        return False  # Django reports this itself.
    return inspect.isclass(found) and issubclass(found, ProfilerMiddleware)


@register
def check_policy(**_: Any) -> list[CheckMessage]:
    authorize = profiler_settings().AUTHORIZE
    if isinstance(authorize, str):
        try:
            authorize = gate.load_policy(authorize)
        except ImportError as error:
            message = f"{SETTING}['AUTHORIZE'] cannot be imported: {error}"
            hint = "Until it can, nobody is authorised to profile."
            return [Error(message, hint=hint, id="django_profiler.E003")]
    if inspect.iscoroutinefunction(authorize):
        message = f"{SETTING}['AUTHORIZE'] has to be a plain function, not a coroutine function."
        return [Error(message, hint="Nobody is authorised by it.", id="django_profiler.E003")]
    return []


@register
def check_database(**_: Any) -> list[CheckMessage]:
    alias = profiler_settings().DATABASE
    if alias not in settings.DATABASES:
        message = f"{SETTING}['DATABASE'] is {alias!r}, which is not in DATABASES."
        hint = f"The aliases are {', '.join(map(repr, settings.DATABASES))}."
        return [Error(message, hint=hint, id="django_profiler.E004")]
    if alias != DEFAULT_DB_ALIAS and not settings.DATABASE_ROUTERS:
        message = f"Profiles are stored on {alias!r}, but no router sends their models there."
        hint = f"Add {ROUTER!r} to DATABASE_ROUTERS."
        return [Warning(message, hint=hint, id="django_profiler.W006")]
    return []


@register
def check_native_module(**_: Any) -> list[CheckMessage]:
    try:
        import libprof

        with libprof.Profiler(engine="trace"):
            pass
    except Exception as error:
        # Whatever it is: a missing build, one for another interpreter, a refused platform.
        message = f"libprof cannot profile here: {type(error).__name__}: {error}"
        hint = "Install the package anew for this interpreter, for example with pip."
        return [Error(message, hint=hint, id="django_profiler.E005")]
    return []


@register
def check_engine(**_: Any) -> list[CheckMessage]:
    profiler = profiler_settings()
    wanted = [
        key
        for key, needed in (
            ("ENGINE", profiler.ENGINE == "sample"),
            ("SAMPLE_RATE", profiler.SAMPLE_RATE > 0),
            ("SLOW_SECONDS", profiler.SLOW_SECONDS is not None),
        )
        if needed
    ]
    if not wanted or has_sampling_engine():
        return []
    message = f"{', '.join(wanted)} of {SETTING} need the sampling engine, which is not available."
    hint = 'Use "trace" and profile single requests until it is.'
    return [Warning(message, hint=hint, id="django_profiler.W004")]


@register
def check_parameters(**_: Any) -> list[CheckMessage]:
    if not profiler_settings().CAPTURE_SQL_PARAMS:
        return []
    message = (
        f"{SETTING}['CAPTURE_SQL_PARAMS'] has no effect yet: "
        "the documents of this version have no place for parameters."
    )
    return [Warning(message, hint="Leave it out until then.", id="django_profiler.W007")]


def has_sampling_engine() -> bool:
    try:
        import libprof

        libprof.Profiler(engine="sample")
    except Exception:
        return False
    return True


@register
def check_front_end(**_: Any) -> list[CheckMessage]:
    if MANIFEST.is_file():
        return []
    message = "The profiler's pages have no scripts: the front end is not built."
    hint = "In a checkout, run `make frontend`; a wheel has it."
    return [Warning(message, hint=hint, id="django_profiler.W005")]
