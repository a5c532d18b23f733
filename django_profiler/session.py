# SPDX-License-Identifier: MIT
"""One profiled request: the session of libprof, the SQL in it, and the facts around it."""

from __future__ import annotations

import threading
import uuid
from time import perf_counter_ns
from typing import TYPE_CHECKING

from django_profiler import counters, facts, guard, recorder
from django_profiler.conf import profiler_settings
from django_profiler.instrument.sql import SqlCapture, instrument_thread
from django_profiler.library import library
from django_profiler.limits import MAX_SESSIONS
from django_profiler.reasons import Event, Outcome, Reason
from django_profiler.records import Record

if TYPE_CHECKING:
    from django.http import HttpRequest

    import libprof
    from django_profiler.trigger import Trigger

#: Sessions of this process, and requests that are watched.
running: set[object] = set()


def open_session(request: HttpRequest, trigger: Trigger) -> RequestSession | None:
    """Start profiling in the current context; None and a counted reason when that fails.

    Starting is the last thing done, and nothing is done after it: it would be in the profile.
    """
    if is_full():
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


def is_full() -> bool:
    """Whether there are as many sessions as there may be, which is counted."""
    if len(running) < MAX_SESSIONS:
        return False
    counters.add(Reason.SESSION_LIMIT)
    return True


def running_count() -> int:
    return len(running)


def count_unavailable(engine: str, error: Exception) -> None:
    """Libprof knows which engines it has on this interpreter; so it is asked and nobody else."""
    counters.add(Reason.ENGINE_NOT_AVAILABLE)
    guard.warn_once(f"the engine {engine!r} is not available: {error}")


def _prepare(request: HttpRequest, trigger: Trigger) -> RequestSession | None:
    settings = profiler_settings()
    identity = uuid.uuid4()
    try:
        libprof = library()
        profiler = libprof.Profiler(
            engine=trigger.engine,
            interval=settings.INTERVAL,
            name=facts.name(request),
            metadata=facts.metadata(request, identity),
        )
    except (ImportError, RuntimeError, ValueError) as error:
        count_unavailable(trigger.engine, error)
        return None
    capture = SqlCapture(libprof.Tally()) if settings.CAPTURE_SQL else None
    return RequestSession(identity, request, trigger, profiler, capture)


class RequestSession:
    """From `start` to `finish`, which any thread may call, and any number of times.

    `finish` makes the record, `deliver` hands it over: the first when the application is done,
    the second when the response is sent.
    """

    def __init__(
        self,
        identity: uuid.UUID,
        request: HttpRequest,
        trigger: Trigger,
        profiler: libprof.Profiler,
        capture: SqlCapture | None,
    ) -> None:
        self.id = identity
        self.trigger = trigger
        self.status: int | None = None
        self.truncated = ""
        self.record: Record | None = None
        self._request: HttpRequest | None = request
        self._profiler = profiler
        self._capture = capture
        self._begin_ns = perf_counter_ns()
        self._lock = threading.RLock()
        self._finished = False
        self._delivered = False

    def start(self) -> None:
        running.add(self)
        counters.add(Event.STARTED)
        try:
            if self._capture is not None:
                instrument_thread()
                self._capture.enter()
            self._profiler.start()
        except BaseException:
            self._forget_context()
            running.discard(self)
            raise

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
        running.discard(self)
        if self._capture is not None:
            self._capture.stop()
        if profile is not None:
            with guard.guarded("the facts of a request could not be told"):
                self.record = self._record(profile, outcome)
        self._request = None
        return self.record

    def _stop(self) -> libprof.Profile | None:
        try:
            return self._profiler.stop()
        except Exception as error:
            guard.report("a session could not be ended", error)
            return None

    def _record(self, profile: libprof.Profile, outcome: Outcome) -> Record:
        assert self._request is not None
        about = facts.collect(
            self._request,
            profile,
            identity=self.id,
            trigger=self.trigger.source,
            elapsed_ns=self.elapsed_ns,
            capture=self._capture,
            status=self.status,
            outcome=outcome,
            truncated=self.truncated,
        )
        return Record(about, profile)

    def deliver(self) -> bool:
        """Hand the record to the writer thread, once."""
        with self._lock:
            if self._delivered or self.record is None:
                return False
            self._delivered = True
        return recorder.hand_over(self.record)

    def close(self) -> None:
        """The response is sent, or will never be: end what still runs, and hand over."""
        self.finish(Outcome.ABANDONED)
        self.deliver()

    def _forget_context(self) -> None:
        if self._capture is not None:
            self._capture.leave()
