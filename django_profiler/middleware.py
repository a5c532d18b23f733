# SPDX-License-Identifier: MIT
from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse

from django_profiler import counters, gate, guard, recorder, streaming, trigger, watch
from django_profiler.instrument import sql
from django_profiler.limits import SHOW_SECONDS
from django_profiler.reasons import Loss, Outcome
from django_profiler.session import RequestSession, open_session

if TYPE_CHECKING:
    from django_profiler.records import Record
    from django_profiler.trigger import Trigger
    from django_profiler.watch import Watch

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class ProfilerMiddleware:
    """Profiles the requests that ask for it and may. First in the stack, sync or async."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        sql.install()

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self.__acall__(request)
        try:
            asked = gate.decide(request)
        except Exception as error:
            guard.report("the decision about a request failed", error)
            asked = None
        if asked is None:
            return self.get_response(request)
        if asked.source == trigger.SLOW:
            return self._watch(request)
        session = open_session(request, asked)
        if session is None:
            return _unprofiled(request, self.get_response(request), asked)
        try:
            response = self.get_response(request)
        except BaseException as error:
            _abort(session, error)
            raise
        if _conclude(request, response, session):
            return _show(response, session)
        return response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            asked = await gate.adecide(request)
        except Exception as error:
            guard.report("the decision about a request failed", error)
            asked = None
        if asked is None:
            return await self.get_response(request)
        if asked.source == trigger.SLOW:
            return await self._awatch(request)
        session = open_session(request, asked)
        if session is None:
            return _unprofiled(request, await self.get_response(request), asked)
        try:
            response = await self.get_response(request)
        except BaseException as error:
            _abort(session, error)
            raise
        if _conclude(request, response, session):
            return await sync_to_async(_show, thread_sensitive=False)(response, session)
        return response

    def _watch(self, request: HttpRequest) -> HttpResponseBase:
        watched = watch.begin()
        if watched is None:
            return self.get_response(request)
        try:
            response = self.get_response(request)
        except BaseException as error:
            _end_without_response(request, watched, error)
            raise
        record = watched.end(request, response, Outcome.FINISHED)
        if record is not None:
            _keep(response, record)
        return response

    async def _awatch(self, request: HttpRequest) -> HttpResponseBase:
        watched = watch.begin()
        if watched is None:
            return await self.get_response(request)
        try:
            response = await self.get_response(request)
        except BaseException as error:
            _end_without_response(request, watched, error)
            raise
        record = watched.end(request, response, Outcome.FINISHED)
        if record is not None:
            _keep(response, record)
        return response


def _unprofiled(
    request: HttpRequest, response: HttpResponseBase, asked: Trigger
) -> HttpResponseBase:
    # The parameter was hidden before it turned out that there can be no profile.
    with guard.guarded("a redirect could not be completed"):
        trigger.restore(request, response, asked)
    return response


def _abort(session: RequestSession, error: BaseException) -> None:
    """There is no response, so nothing to wait for."""
    session.finish(_outcome(error))
    session.deliver()


def _keep(response: HttpResponseBase, record: Record) -> None:
    with guard.guarded("a profile could not be handed over"):
        _when_sent(response, partial(recorder.hand_over, record))


def _end_without_response(request: HttpRequest, watched: Watch, error: BaseException) -> None:
    record = watched.end(request, None, _outcome(error))
    if record is not None:
        recorder.hand_over(record)


def _outcome(error: BaseException) -> Outcome:
    return Outcome.CANCELLED if isinstance(error, asyncio.CancelledError) else Outcome.FAILED


def _conclude(request: HttpRequest, response: HttpResponseBase, session: RequestSession) -> bool:
    """End the session, or tie it to the streamed body; tell whether to show the profile now."""
    try:
        session.status = response.status_code
        asked = session.trigger.asked
        if response.streaming and asked:
            session.leave()
            streaming.wrap(response, session)
        else:
            session.finish(Outcome.FINISHED)
        redirected = trigger.restore(request, response, session.trigger)
        if asked:
            _add_headers(response, session)
        _when_sent(response, session.close)
    except Exception as error:
        guard.report("a response could not be completed", error)
        session.finish(Outcome.FINISHED)
        session.deliver()
        return False
    if not session.trigger.show or redirected:
        return False
    if response.streaming:
        counters.add(Loss.SHOW_STREAMING)
    return not response.streaming


def _add_headers(response: HttpResponseBase, session: RequestSession) -> None:
    if session.finished and session.record is None:
        return  # The profiler failed: there is no profile to speak of.
    response["X-Profile-Id"] = str(session.id)
    response["Cache-Control"] = "private, no-store"
    timing = _server_timing(session)
    if response.has_header("Server-Timing"):
        timing = f"{response['Server-Timing']}, {timing}"
    response["Server-Timing"] = timing


def _server_timing(session: RequestSession) -> str:
    """The numbers so far: a streamed body is still to come."""
    facts = session.record.facts if session.record is not None else None
    metrics = [f"wall;dur={(facts.wall_ns if facts else session.elapsed_ns) / 1e6:.3f}"]
    if facts:
        metrics.append(f"cpu;dur={facts.cpu_ns / 1e6:.3f}")
    if session.sql is not None:
        count, wall_ns = session.sql
        noun = "query" if count == 1 else "queries"
        metrics.append(f'sql;dur={wall_ns / 1e6:.3f};desc="{count} {noun}"')
    return ", ".join(metrics)


def _when_sent(response: HttpResponseBase, close: Callable[[], Any]) -> None:
    # A response that nobody closes is collected some day, in the middle of anything: then the
    # writer thread does the work.
    finalizer = weakref.finalize(response, recorder.call, close)
    finalizer.atexit = False

    def sent() -> None:
        finalizer.detach()
        close()

    response._resource_closers.append(sent)


def _show(response: HttpResponseBase, session: RequestSession) -> HttpResponseBase:
    """The way to the stored profile in the admin; the response itself when there is none."""
    shown = None
    with guard.guarded("a profile could not be shown"):
        shown = _redirect_to_profile(response, session)
    return response if shown is None else shown


def _redirect_to_profile(
    response: HttpResponseBase, session: RequestSession
) -> HttpResponseBase | None:
    record = session.record
    if record is None:
        return None
    try:
        url = reverse("admin:django_profiler_profile_change", args=(session.id,))
    except NoReverseMatch:
        counters.add(Loss.SHOW_NO_ADMIN)
        return None
    session.deliver()
    if not record.done.wait(SHOW_SECONDS) or not record.stored:
        counters.add(Loss.SHOW_NOT_STORED)
        return None
    redirect = HttpResponseRedirect(url)
    redirect.status_code = 303
    redirect.cookies = response.cookies
    _add_headers(redirect, session)
    # What the replaced response would have released is released with this one.
    redirect._resource_closers.extend(response._resource_closers)
    return redirect
