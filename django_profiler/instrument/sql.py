# SPDX-License-Identifier: MIT
"""SQL of a profiled request, as frames in its tree and as numbers.

Connections belong to threads, and a request may use several, old ones and new ones. So the
wrapper is put on every connection once, and asks a context variable whether the statement
belongs to a profiled request: the variable follows the request through tasks and executor
threads just as the session does.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from contextvars import ContextVar
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.backends.signals import connection_created

from django_profiler.guard import report
from django_profiler.instrument.template import known_templates, statement_template

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    import libprof

_current: ContextVar[libprof.Tally | None] = ContextVar("django_profiler_sql", default=None)

#: Threads whose older connections have been reached. Later ones say that they are there.
_reached = threading.local()


def install() -> None:
    """Watch connections from now on. Called once, when the middleware is built."""
    with suppress(ImportError):  # without libprof there are no profiles
        import libprof  # noqa: F401

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

    def __init__(self, tally: libprof.Tally) -> None:
        self._tally = tally
        self._previous: libprof.Tally | None = None

    @property
    def count(self) -> int:
        return self._tally.count

    @property
    def wall_ns(self) -> int:
        return self._tally.wall_ns

    def enter(self) -> None:
        """Make this the capture of the current context."""
        previous = _current.get()
        if previous is not self._tally:
            self._previous = previous
            _current.set(self._tally)

    def leave(self) -> None:
        if _current.get() is self._tally:
            _current.set(self._previous)

    def stop(self) -> None:
        """Leave for good, and cut off what outlives the request. From any context."""
        self._tally.active = False
        self.leave()


def _on_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:
    _instrument(connection)


def _instrument(connection: BaseDatabaseWrapper) -> None:
    wrappers, ours = connection.execute_wrappers, _wrapper(connection.vendor)
    if ours not in wrappers:
        # In front: whoever has put a wrapper on the connection takes the last one off again.
        wrappers.insert(0, ours)


@cache
def _wrapper(vendor: str) -> libprof.SpanCalls:
    import libprof

    name_of = partial(_name_of, vendor)
    return libprof.SpanCalls(_current, known_templates(vendor), name_of, "sql")


def _name_of(vendor: str, statement: Any) -> str | None:
    try:
        return statement_template(statement, vendor)
    except Exception as error:
        report("the template of a statement could not be made", error)
        return None
