# SPDX-License-Identifier: MIT
"""From the request to the store, in a thread of its own.

One writer thread per process, started with the first profile (so also after a fork), serialises,
stores and prunes. A request only puts its record into a bounded queue.
"""

from __future__ import annotations

import atexit
import contextvars
import os
import queue
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connections
from django.db.utils import ProgrammingError

from django_profiler import counters, guard, records, retention, spool, store
from django_profiler.conf import profiler_settings
from django_profiler.limits import (
    EXIT_SECONDS,
    PRUNE_EVERY,
    PRUNE_SECONDS,
    QUEUE_LENGTH,
    SPOOL_RETRY_SECONDS,
)
from django_profiler.reasons import Event, Loss
from django_profiler.records import Record, Sealed

Task = Callable[[], None]

# The database is away, locked, or not migrated yet: trying later may help.
_TRANSIENT = (OperationalError, InterfaceError, ProgrammingError)


class Recorder:
    """The queue and the writer thread of one process."""

    def __init__(self) -> None:
        # Its `put` may be called by a finaliser in the middle of another `put`.
        self._queue: queue.SimpleQueue[Record | Task] = queue.SimpleQueue()
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._backlog = True  # An earlier process may have left something in the spool.
        self._next_retry = 0.0
        self._next_prune = 0.0
        self._since_prune = 0
        self._closing = False

    def submit(self, record: Record) -> bool:
        """Hand a record over; False and a counted loss when too many are waiting."""
        if threading.current_thread() is self._thread:
            # From a task: a place at the end of the queue would be behind a `flush`.
            self._write(record)
            return True
        if self._queue.qsize() >= QUEUE_LENGTH:
            counters.add(Loss.QUEUE_FULL)
            record.done.set()
            return False
        self._queue.put(record)
        self._ensure_thread()
        return True

    def call(self, task: Task) -> None:
        """Run something in the writer thread. Safe in a finaliser."""
        self._queue.put(task)
        self._ensure_thread()

    def flush(self, timeout: float) -> bool:
        """Wait until everything submitted so far is stored, spooled or lost, and pruned."""
        if self._thread is None and self._queue.empty():
            return True
        reached = threading.Event()

        def at_rest() -> None:
            try:
                self._idle()
            finally:
                reached.set()

        self.call(at_rest)
        return reached.wait(timeout)

    def close(self) -> None:
        """At the end of the process: what cannot be stored in time goes to the spool."""
        # Nobody is to wait for pruning: the next process does it with its first profile.
        self._closing = True
        if self.flush(EXIT_SECONDS):
            return
        while True:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return
            if isinstance(item, Record):
                with guard.guarded("spooling at exit failed"):
                    spool.put(records.seal(item))

    def _ensure_thread(self) -> None:
        thread = self._thread
        if thread is not None and thread.is_alive():
            return
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            # An empty context: newer interpreters let threads inherit the one of the request,
            # and with it the session.
            self._thread = threading.Thread(
                target=contextvars.Context().run,
                args=(self._run,),
                name="django_profiler-writer",
                daemon=True,
            )
            self._thread.start()

    def _run(self) -> None:
        while True:
            item = self._next()
            with guard.guarded("the writer thread failed"):
                if isinstance(item, Record):
                    self._write(item)
                elif item is not None:
                    item()
            with guard.guarded("the writer thread failed"):
                if self._queue.empty():
                    self._idle()
                elif self._since_prune >= PRUNE_EVERY:
                    self._prune()  # under a steady stream of profiles no moment is idle

    def _next(self) -> Record | Task | None:
        try:
            return self._queue.get(timeout=SPOOL_RETRY_SECONDS if self._backlog else None)
        except queue.Empty:
            return None

    def _write(self, record: Record) -> None:
        try:
            sealed = records.seal(record)
        except Exception as error:
            counters.add(Loss.NOT_SERIALISED)
            guard.report("a profile could not be serialised", error)
            record.done.set()
            return
        try:
            record.stored = self._store(sealed, record)
        finally:
            record.done.set()

    def _store(self, sealed: Sealed, record: Record) -> bool:
        try:
            store.save(sealed, record.profile)
        except Exception as error:
            guard.report("a profile could not be stored", error, event=Event.STORE_ERROR)
            self._backlog = spool.put(sealed) or self._backlog
            self._next_retry = time.monotonic() + SPOOL_RETRY_SECONDS
            _disconnect()
            return False
        counters.add(Event.STORED)
        self._since_prune += 1
        return True

    def _idle(self) -> None:
        """Slower work, while nothing waits: the spool, pruning, and giving the connection back."""
        now = time.monotonic()
        if self._backlog and now >= self._next_retry:
            self._backlog = not drain_spool()
            self._next_retry = now + SPOOL_RETRY_SECONDS
        if self._since_prune and (now >= self._next_prune or self._since_prune >= PRUNE_EVERY):
            self._prune()
        _disconnect()

    def _prune(self) -> None:
        if self._closing:
            return
        self._since_prune = 0
        self._next_prune = time.monotonic() + PRUNE_SECONDS
        try:
            retention.prune()
        except DatabaseError as error:
            guard.report("pruning failed", error, event=Event.PRUNE_ERROR)


def submit(record: Record) -> bool:
    return _recorder().submit(record)


def hand_over(record: Record) -> bool:
    """The same, which does not fail: what goes wrong is reported."""
    with guard.guarded("a profile could not be handed over"):
        return submit(record)
    return False


def call(task: Task) -> None:
    _recorder().call(task)


def flush(timeout: float = 10.0) -> bool:
    """Wait until every profile handed over so far is stored, spooled or lost.

    For tests and commands. False when the time was not enough.
    """
    return _recorder().flush(timeout)


def drain_spool() -> bool:
    """Store what the spool holds; False when the database still does not take it."""
    for path in spool.files():
        sealed = spool.read(path)
        if sealed is None:
            continue
        try:
            store.save(sealed)
        except IntegrityError:
            # Another process has stored the same file in this moment, unless the next look at
            # the table says no.
            if not _is_stored(sealed):
                counters.add(Loss.REFUSED)
        except _TRANSIENT as error:
            guard.report("the spool could not be stored", error, event=Event.STORE_ERROR)
            return False
        except Exception as error:
            counters.add(Loss.REFUSED)
            guard.report("a spooled profile was refused", error, event=Event.STORE_ERROR)
        else:
            counters.add(Event.UNSPOOLED)
        path.unlink(missing_ok=True)
    return True


def _is_stored(sealed: Sealed) -> bool:
    from django_profiler.models import Profile

    alias = profiler_settings().DATABASE
    return Profile.objects.using(alias).filter(pk=sealed.facts.id).exists()


def _disconnect() -> None:
    # Thread-local, so this is the connection of the calling thread: the writer's.
    connections[profiler_settings().DATABASE].close()


_instance: Recorder | None = None
_instance_lock = threading.RLock()


def _recorder() -> Recorder:
    global _instance
    if _instance is None:
        with _instance_lock:
            if _instance is None:
                _instance = Recorder()
                atexit.register(_at_exit, os.getpid())
    return _instance


def _at_exit(pid: int) -> None:
    if _instance is not None and pid == os.getpid():
        _instance.close()


def _after_fork_in_child() -> None:
    # Thread, queue and locks belong to the parent, which stores what it has queued.
    global _instance, _instance_lock
    _instance = None
    _instance_lock = threading.RLock()


os.register_at_fork(after_in_child=_after_fork_in_child)
