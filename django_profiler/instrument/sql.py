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

    def __init__(self, *, with_parameters: bool = False) -> None:
        self.active = True
        self.count = 0
        self.wall_ns = 0
        self._with_parameters = with_parameters
        self._previous: SqlCapture | None = None
        # Reentrant: a statement may run in a finaliser, in the middle of another's count.
        self._lock = threading.RLock()

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

    def run(self, execute: Callable, sql: Any, params: Any, many: bool, context: dict) -> Any:
        # Entered and left here and not in a helper: a span ends with the call that entered it.
        # Plain `try`: context managers of the library would be frames in the profile.
        span = self._make_span(sql, params, many, context)
        if span is not None:
            try:
                span.__enter__()
            except Exception as error:
                report("entering the span of a statement failed", error)
                span = None
        begin = perf_counter_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            wall_ns = perf_counter_ns() - begin
            if span is not None:
                try:
                    span.__exit__(None, None, None)
                except Exception as error:
                    report("leaving the span of a statement failed", error)
            self._add(wall_ns)

    def _make_span(self, sql: Any, params: Any, many: bool, context: dict) -> Any:
        try:
            import libprof

            connection = context["connection"]
            template = statement_template(sql, connection.vendor)
            attributes: dict[str, Any] = {"database": connection.alias}
            if many:
                attributes["many"] = True
            if self._with_parameters and params is not None:
                attributes["parameters"] = repr(params)[:PARAMETERS_LENGTH]
            return libprof.span(template, "sql", **attributes)
        except Exception as error:
            report("the span of a statement could not be made", error)
            return None

    def _add(self, wall_ns: int) -> None:
        with self._lock:
            if self.active:
                self.count += 1
                self.wall_ns += wall_ns


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
    return capture.run(execute, sql, params, many, context)
