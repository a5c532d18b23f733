# SPDX-License-Identifier: MIT
"""SQL of a profiled request, as frames in its tree and as numbers.

Connections belong to threads, and a request may use several, old ones and new ones. So the
wrapper is put on every connection once, and asks a context variable whether the statement
belongs to a profiled request: the variable follows the request through tasks and executor
threads just as the session does.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.backends.signals import connection_created

from django_profiler.guard import report
from django_profiler.instrument.template import statement_template
from django_profiler.limits import PARAMETERS_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

_current: ContextVar[SqlCapture | None] = ContextVar("django_profiler_sql", default=None)

#: Threads whose older connections have been reached. Later ones say that they are there.
_reached = threading.local()


def install() -> None:
    """Watch connections from now on. Called once, when the middleware is built."""
    connection_created.connect(_on_connection, dispatch_uid="django_profiler.sql")


def instrument_thread() -> None:
    """Reach the connections of this thread that are older than `install`."""
    if not hasattr(_reached, "done"):
        for connection in connections.all(initialized_only=True):
            _instrument(connection)
        _reached.done = True


class SqlCapture:
    """Counts and times the statements of one request, whatever thread they run in.

    They are spans, too, and so frames in its tree.
    """

    def __init__(self, span: Callable[..., Any], *, with_parameters: bool = False) -> None:
        """`span` is that of libprof, which this module does not need to be there."""
        self.active = True
        self.count = 0
        self.wall_ns = 0
        self._with_parameters = with_parameters
        self._previous: SqlCapture | None = None
        # Of the numbers. Reentrant: a statement may run in a finaliser, in the middle of another's count.
        self.lock = threading.RLock()
        self._span = span

    def enter(self) -> None:
        """Make this the capture of the current context."""
        previous = _current.get()
        if previous is not self:
            self._previous = previous
            _current.set(self)

    def leave(self) -> None:
        if _current.get() is self:
            _current.set(self._previous)

    def stop(self) -> None:
        """Cut off what outlives the request. From any context."""
        self.active = False

    def make_span(self, sql: Any, params: Any, many: bool, connection: BaseDatabaseWrapper) -> Any:
        template = statement_template(sql, connection.vendor)
        if not self._with_parameters:
            return self._span(template, "sql")
        attributes: dict[str, Any] = {"database": connection.alias, "many": many}
        if params is not None:
            attributes["parameters"] = repr(params)[:PARAMETERS_LENGTH]
        return self._span(template, "sql", **attributes)


def _on_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:
    _instrument(connection)


def _instrument(connection: BaseDatabaseWrapper) -> None:
    wrappers = connection.execute_wrappers
    if _wrapper not in wrappers:
        # In front: whoever has put a wrapper on the connection takes the last one off again.
        wrappers.insert(0, _wrapper)


def _wrapper(execute: Callable, sql: Any, params: Any, many: bool, context: dict) -> Any:
    capture = _current.get()
    if capture is None or not capture.active:
        return execute(sql, params, many, context)
    # In one function: a span ends with the call that entered it, and calls are what a statement that nobody will
    # look at pays. Plain `try`: context managers of the library would be frames in the profile.
    span = None
    try:
        entering = capture.make_span(sql, params, many, context["connection"])
        entering.__enter__()
        span = entering
    except Exception as error:
        report("the span of a statement could not be entered", error)
    begin = perf_counter_ns()
    try:
        return execute(sql, params, many, context)
    finally:
        wall_ns = perf_counter_ns() - begin
        if span is not None:
            try:
                span.__exit__(None, None, None)
            except Exception as error:
                report("the span of a statement could not be left", error)
        with capture.lock:
            if capture.active:
                capture.count += 1
                capture.wall_ns += wall_ns
