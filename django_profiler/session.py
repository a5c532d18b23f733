# SPDX-License-Identifier: MIT
"""One profiled request: the session of libprof, the SQL in it, and the facts around it."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.utils.functional import SimpleLazyObject, empty

from django_profiler import counters, guard, policy, recorder, records
from django_profiler.conf import ProfilerSettings, profiler_settings
from django_profiler.instrument.sql import SqlCapture, instrument_thread
from django_profiler.limits import MAX_SESSIONS, QUERY_STRING_LENGTH, SLOW_SAMPLES
from django_profiler.models import (
    METHOD_LENGTH,
    PATH_LENGTH,
    ROUTE_LENGTH,
    VIEW_NAME_LENGTH,
)
from django_profiler.reasons import Event, Outcome, Reason
from django_profiler.records import Facts, Record
from django_profiler.trigger import SLOW, query_string

if TYPE_CHECKING:
    from types import ModuleType

    from django.http import HttpRequest

    import libprof
    from django_profiler.trigger import Trigger

_NAME_LENGTH = METHOD_LENGTH + 1 + PATH_LENGTH

_running: set[RequestSession] = set()


def open_session(request: HttpRequest, trigger: Trigger) -> RequestSession | None:
    """Start profiling in the current context; None and a counted reason when that fails.

    Starting is the last thing done, and nothing is done after it: it would be in the profile.
    """
    if len(_running) >= MAX_SESSIONS:
        counters.add(Reason.SESSION_LIMIT)
        return None
    try:
        session = _prepare(request, trigger)
        if session is not None:
            session.start()
    except Exception as error:
        counters.add(Reason.PROFILER_FAILED)
        guard.report("a session could not be started", error)
        return None
    return session


def running_count() -> int:
    return len(_running)


def _prepare(request: HttpRequest, trigger: Trigger) -> RequestSession | None:
    settings = profiler_settings()
    identity = Identity()
    try:
        libprof = _library()
        profiler = libprof.Profiler(
            engine=trigger.engine,
            interval=_interval(settings, trigger),
            name=records.clean(f"{request.method} {request.path}", _NAME_LENGTH),
            metadata=partial(_metadata, identity, request),
        )
    except (ImportError, RuntimeError, ValueError) as error:
        # libprof knows which engines it has on this interpreter; so ask it and nobody else.
        counters.add(Reason.ENGINE_NOT_AVAILABLE)
        guard.warn_once(f"the engine {trigger.engine!r} is not available: {error}")
        return None
    capture = None
    if settings.CAPTURE_SQL:
        capture = SqlCapture(libprof.Tally())
    return RequestSession(identity, request, trigger, profiler, capture)


class Identity:
    """An id that is drawn when somebody asks for it. Most sessions watch for slowness, leave nothing, and need none."""

    @cached_property
    def value(self) -> uuid.UUID:
        return uuid.uuid4()


def _metadata(identity: Identity, request: HttpRequest) -> dict[str, str]:
    return {
        "id": str(identity.value),
        "method": records.clean_key(request.method, METHOD_LENGTH),
        "path": records.clean(request.path, PATH_LENGTH),
    }


def _interval(settings: ProfilerSettings, trigger: Trigger) -> float:
    """Nearly all requests that are watched for slowness are quick, and pay for samples that nobody keeps."""
    if trigger.source != SLOW or settings.SLOW_SECONDS is None:
        return settings.INTERVAL
    return max(settings.INTERVAL, min(settings.SLOW_SECONDS / SLOW_SAMPLES, 1.0))


@cache
def _library() -> ModuleType:
    """Libprof, if it can be imported. What this package does in a request shows as time of its callers."""
    import libprof

    libprof.hide(f"{Path(__file__).parent}/")
    return libprof


class RequestSession:
    """From `start` to `finish`, which any thread may call, and any number of times.

    `finish` makes the record, `deliver` hands it over: the first when the application is done,
    the second when the response is sent.
    """

    def __init__(
        self,
        identity: Identity,
        request: HttpRequest,
        trigger: Trigger,
        profiler: libprof.Profiler,
        capture: SqlCapture | None,
    ) -> None:
        self.trigger = trigger
        self.status: int | None = None
        self.truncated = ""
        self.record: Record | None = None
        self._identity = identity
        self._request: HttpRequest | None = request
        self._profiler = profiler
        self._capture = capture
        self._begin_ns = perf_counter_ns()
        self._lock = threading.RLock()
        self._finished = False
        self._delivered = False

    def start(self) -> None:
        _running.add(self)
        if self.trigger.source != SLOW:  # of which most will not be kept
            counters.add(Event.STARTED)
        try:
            if self._capture is not None:
                instrument_thread()
                self._capture.enter()
            self._profiler.start()
        except BaseException:
            self._forget_context()
            _running.discard(self)
            raise

    @property
    def id(self) -> uuid.UUID:
        return self._identity.value

    @property
    def finished(self) -> bool:
        return self._finished

    @property
    def elapsed_ns(self) -> int:
        return perf_counter_ns() - self._begin_ns

    @property
    def sql(self) -> tuple[int, int] | None:
        """Number and time of the statements so far; None when they are not captured."""
        capture = self._capture
        return None if capture is None else (capture.count, capture.wall_ns)

    def enter(self) -> bool:
        """Put the current context into the session, for a part of a streamed body."""
        if self._finished:
            return False
        try:
            if self._capture is not None:
                self._capture.enter()
            self._profiler.attach()
        except Exception as error:
            guard.report("entering a session failed", error)
            return False
        return True

    def leave(self) -> None:
        """Take the current context out of the session; the session goes on."""
        try:
            self._profiler.detach()
        except Exception as error:
            guard.report("leaving a session failed", error)
        self._forget_context()

    def finish(self, outcome: Outcome) -> Record | None:
        """End the session. The record of the first call is the one that counts."""
        with self._lock:
            if self._finished:
                return self.record
            self._finished = True
        # First, for what follows is no work of the request.
        profile = self._stop()
        self._forget_context()
        _running.discard(self)
        if self._capture is not None:
            self._capture.stop()
        if profile is not None:
            with guard.guarded("the facts of a request could not be told"):
                self.record = Record(self._facts(profile, outcome), profile)
        self._request = None
        return self.record

    def _stop(self) -> libprof.Profile | None:
        """The profile; None when it failed, or when nobody is to keep it."""
        settings = profiler_settings()
        watched = self.trigger.source == SLOW
        try:
            if watched and self._was_quick(settings):
                self._profiler.cancel()
                counters.add(Reason.NOT_SLOW)
                return None
            profile = self._profiler.stop()
        except Exception as error:
            guard.report("a session could not be ended", error)
            return None
        if not watched:
            return profile
        ignored = policy.is_ignored(self._request, settings)
        counters.add(Reason.IGNORED_PATH if ignored else Event.STARTED)
        return None if ignored else profile

    def _was_quick(self, settings: ProfilerSettings) -> bool:
        limit = settings.SLOW_SECONDS
        return limit is not None and perf_counter_ns() - self._begin_ns < limit * 1e9

    def deliver(self) -> bool:
        """Hand the record to the writer thread, once."""
        with self._lock:
            if self._delivered or self.record is None:
                return False
            self._delivered = True
        with guard.guarded("a profile could not be handed over"):
            return recorder.submit(self.record)
        return False

    def close(self) -> None:
        """The response is sent, or will never be: end what still runs, and hand over."""
        self.finish(Outcome.ABANDONED)
        self.deliver()

    def _forget_context(self) -> None:
        if self._capture is not None:
            self._capture.leave()

    def _facts(self, profile: libprof.Profile, outcome: Outcome) -> Facts:
        request = self._request
        assert request is not None
        settings = profiler_settings()
        match = getattr(request, "resolver_match", None)
        query = query_string(request) if settings.CAPTURE_QUERY_STRING else ""
        count, sql_ns = self.sql or (0, 0)
        return Facts(
            id=self.id,
            created=datetime.now(UTC) - timedelta(microseconds=self.elapsed_ns / 1000),
            route=records.clean_key(match.route if match else records.UNRESOLVED, ROUTE_LENGTH),
            view_name=records.clean(match.view_name if match else "", VIEW_NAME_LENGTH),
            method=records.clean_key(request.method, METHOD_LENGTH),
            path=records.clean(request.path, PATH_LENGTH),
            query_string=records.clean(query, QUERY_STRING_LENGTH),
            status=self.status,
            engine=profile.engine,
            trigger=self.trigger.source,
            user=_known_user(request),
            wall_ns=profile.wall_ns,
            cpu_ns=profile.cpu_ns,
            sql_count=count,
            sql_ns=sql_ns,
            outcome=str(outcome),
            truncated=self.truncated or _cut_by_limits(profile.counters),
        )


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
