# SPDX-License-Identifier: MIT
"""What is told of a profiled request: in its profile, and beside it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.utils.functional import SimpleLazyObject, empty

from django_profiler.conf import profiler_settings
from django_profiler.limits import QUERY_STRING_LENGTH
from django_profiler.models import (
    METHOD_LENGTH,
    PATH_LENGTH,
    ROUTE_LENGTH,
    VIEW_NAME_LENGTH,
)
from django_profiler.records import UNRESOLVED, Facts, clean, clean_key
from django_profiler.trigger import query_string

if TYPE_CHECKING:
    from django.http import HttpRequest

    import libprof
    from django_profiler.instrument.sql import SqlCapture
    from django_profiler.reasons import Outcome


def name(request: HttpRequest) -> str:
    """Of its profile."""
    return f"{_method(request)} {_path(request)}"


def metadata(request: HttpRequest, identity: uuid.UUID) -> dict[str, str]:
    """Of its profile."""
    return {"id": str(identity), "method": _method(request), "path": _path(request)}


def collect(
    request: HttpRequest,
    profile: libprof.Profile,
    *,
    identity: uuid.UUID,
    trigger: str,
    elapsed_ns: int,
    capture: SqlCapture | None,
    status: int | None,
    outcome: Outcome,
    truncated: str = "",
) -> Facts:
    """Of a request that began `elapsed_ns` ago."""
    match = getattr(request, "resolver_match", None)
    query = query_string(request) if profiler_settings().CAPTURE_QUERY_STRING else ""
    return Facts(
        id=identity,
        created=datetime.now(UTC) - timedelta(microseconds=elapsed_ns / 1000),
        route=clean_key(match.route if match else UNRESOLVED, ROUTE_LENGTH),
        view_name=clean(match.view_name if match else "", VIEW_NAME_LENGTH),
        method=_method(request),
        path=_path(request),
        query_string=clean(query, QUERY_STRING_LENGTH),
        status=status,
        engine=profile.engine,
        trigger=trigger,
        user=_known_user(request),
        wall_ns=profile.wall_ns,
        cpu_ns=profile.cpu_ns,
        sql_count=0 if capture is None else capture.count,
        sql_ns=0 if capture is None else capture.wall_ns,
        outcome=str(outcome),
        truncated=truncated or _cut_by_limits(profile.counters),
    )


def _method(request: HttpRequest) -> str:
    return clean_key(request.method, METHOD_LENGTH)


def _path(request: HttpRequest) -> str:
    return clean(request.path, PATH_LENGTH)


def _cut_by_limits(counts: dict[str, int]) -> str:
    """What the limits of the session have folded away, by its own account."""
    folded = counts.get("overflow_calls", 0) + counts.get("too_deep", 0)
    return f"{folded} calls beyond the limits of one profile" if folded else ""


def _known_user(request: HttpRequest) -> str | None:
    """Key of the user, if the application has looked at the user.

    Finding out would be a query that the request did not make, and impossible in async code.
    """
    user: Any = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject) and user._wrapped is empty:
        user = None
    user = user or getattr(request, "_acached_user", None)
    if not isinstance(user, get_user_model()) or user.pk is None:
        return None
    return str(user.pk)
