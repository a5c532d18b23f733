# SPDX-License-Identifier: MIT
"""Requests that are watched for slowness: sampled, and dropped again unless they take SLOW_SECONDS.

Nearly all of them are quick, and each function that is called for one takes 1 us: the request has pushed all of it
out of the caches. So here is what tells the quick from the slow, and the rest is done for those that are kept.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from functools import cache
from time import perf_counter_ns
from typing import TYPE_CHECKING, NamedTuple

from django.core.signals import setting_changed

from django_profiler import counters, facts, guard, policy, session
from django_profiler.conf import SETTING, profiler_settings
from django_profiler.instrument.sql import SqlCapture, instrument_thread
from django_profiler.library import library
from django_profiler.limits import QUICK_SECONDS, QUICK_SHARE, SLOW_SAMPLES
from django_profiler.reasons import Event, Reason
from django_profiler.records import Record
from django_profiler.trigger import SLOW

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponseBase

    import libprof
    from django_profiler.reasons import Outcome


class _Plan(NamedTuple):
    """What the settings want of every request."""

    watcher: libprof.Watcher
    limit_ns: float
    capture_sql: bool


@cache
def _plan() -> _Plan:
    settings = profiler_settings()
    limit = settings.SLOW_SECONDS or 0.0
    # Nearly all are quick, and pay for samples that nobody keeps.
    interval = max(settings.INTERVAL, min(limit / SLOW_SAMPLES, 1.0))
    quick = min(limit * QUICK_SHARE, QUICK_SECONDS)
    watcher = library().Watcher(interval=interval, quick=quick)
    return _Plan(watcher, limit * 1e9, settings.CAPTURE_SQL)


def begin() -> Watch | None:
    """Watch what the current context does from now on; None and a counted reason when that fails."""
    if session.is_full():
        return None
    try:
        plan = _plan()
    except (ImportError, RuntimeError, ValueError) as error:
        session.count_unavailable("sample", error)
        return None
    try:
        return Watch(plan)
    except Exception as error:
        counters.add(Reason.PROFILER_FAILED)
        guard.report("a session could not be started", error)
        return None


class Watch:
    """One request, from its making to `end` or `drop`."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._capture: SqlCapture | None = None
        self._begin_ns = perf_counter_ns()
        session.running.add(self)
        try:
            if plan.capture_sql:
                instrument_thread()
                self._capture = SqlCapture(library().Tally())
                self._capture.enter()
            self._session: Any = plan.watcher.begin()
        except BaseException:
            self._leave()
            raise

    def end(
        self, request: HttpRequest, response: HttpResponseBase | None, outcome: Outcome
    ) -> Record | None:
        """The record of a request that was slow."""
        elapsed_ns = perf_counter_ns() - self._begin_ns
        try:
            if elapsed_ns < self._plan.limit_ns:
                self._session.cancel()
                counters.add(Reason.NOT_SLOW)
                return None
            return self._keep(request, response, outcome, elapsed_ns)
        except Exception as error:
            guard.report("a session could not be ended", error)
            self._give_up()
            return None
        finally:
            self._leave()

    def _give_up(self) -> None:
        """Whatever has failed, its thread is not interrupted for ever."""
        with suppress(Exception):
            if self._session.running:
                self._session.cancel()

    def _leave(self) -> None:
        session.running.discard(self)
        if self._capture is not None:
            self._capture.stop()

    def _keep(
        self,
        request: HttpRequest,
        response: HttpResponseBase | None,
        outcome: Outcome,
        elapsed_ns: int,
    ) -> Record | None:
        identity = uuid.uuid4()
        profile = self._plan.watcher.keep(
            self._session, name=facts.name(request), metadata=facts.metadata(request, identity)
        )
        if policy.is_ignored(request, profiler_settings()):
            counters.add(Reason.IGNORED_PATH)
            return None
        counters.add(Event.STARTED)
        about = facts.collect(
            request,
            profile,
            identity=identity,
            trigger=SLOW,
            elapsed_ns=elapsed_ns,
            capture=self._capture,
            status=None if response is None else response.status_code,
            outcome=outcome,
        )
        return Record(about, profile)


def _forget(*, setting: str, **_: object) -> None:
    if setting == SETTING:
        _plan.cache_clear()


setting_changed.connect(_forget, dispatch_uid="django_profiler.watch")
