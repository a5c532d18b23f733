# SPDX-License-Identifier: MIT
"""CPU time of functions as a profile states it, against the thread's CPU clock read around them, for functions
that wait in different ways between pieces of work."""

from __future__ import annotations

import os
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Event, Lock, Thread
from time import thread_time_ns
from typing import NamedTuple

import libprof
from benchmarks.report import Part, Row, columns
from benchmarks.rounds import Work, no_collector

ERROR_PERCENT = 2.0
ERROR_US = 50.0
WAIT_SECONDS = 0.001
WAITS = 5


class Later:
    """A thread that does what it is handed, a moment later."""

    def __init__(self) -> None:
        self._actions: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def __call__(self, action: Callable[[], object]) -> None:
        self._actions.put(action)

    def _run(self) -> None:
        while (action := self._actions.get()) is not None:
            time.sleep(WAIT_SECONDS)
            action()

    def close(self) -> None:
        self._actions.put(None)
        self._thread.join()


class Echo:
    """A thread that sends back each byte at once."""

    def __init__(self) -> None:
        self.here, self._there = socket.socketpair()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while data := self._there.recv(1):
            self._there.send(data)

    def close(self) -> None:
        self.here.close()
        self._thread.join()
        self._there.close()


class Rival:
    """A thread that wants the GIL all the time while it is let."""

    def __init__(self) -> None:
        self._wanted, self._closed = Event(), False
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while self._wanted.wait() and not self._closed:
            work(1_000)

    @contextmanager
    def racing(self) -> Iterator[None]:
        self._wanted.set()
        try:
            yield
        finally:
            self._wanted.clear()

    def close(self) -> None:
        self._closed = True
        self._wanted.set()
        self._thread.join()


def work(steps: int) -> int:
    """About 40 ns a step, without a call."""
    value = 1
    for _ in range(steps):
        value = (value * 69069 + 1) & 0xFFFF
    return value


def small_calls(count: int) -> None:
    for _ in range(count):
        work(3)


class Functions:
    """What is measured: each method is one function of the profile."""

    def __init__(self) -> None:
        self._later, self._rival, self._echo = Later(), Rival(), Echo()
        self._lock = Lock()
        self._reader, self._writer = os.pipe()

    def close(self) -> None:
        for thread in (self._later, self._rival, self._echo):
            thread.close()
        os.close(self._reader)
        os.close(self._writer)

    def computing(self) -> None:
        work(100_000)

    def calling(self) -> None:
        small_calls(10_000)

    def sleeping(self) -> None:
        for _ in range(WAITS):
            work(10_000)
            time.sleep(WAIT_SECONDS)

    def hardly_working(self) -> None:
        for _ in range(WAITS):
            work(500)
            time.sleep(WAIT_SECONDS)

    def reading(self) -> None:
        for _ in range(WAITS):
            work(10_000)
            self._later(partial(os.write, self._writer, b"."))
            os.read(self._reader, 1)

    def locking(self) -> None:
        for _ in range(WAITS):
            work(10_000)
            self._lock.acquire()
            self._later(self._lock.release)
            with self._lock:
                work(10)

    def talking(self) -> None:
        """Waits of a few µs."""
        for _ in range(200):
            self._echo.here.send(b".")
            self._echo.here.recv(1)

    def yielding(self) -> None:
        with self._rival.racing():
            for _ in range(20):
                work(1_000)
                time.sleep(0)

    def contending(self) -> None:
        with self._rival.racing():
            small_calls(10_000)
            work(200_000)

    def everything(self) -> None:
        self.calling()
        self.sleeping()
        self.reading()
        self.locking()
        self.talking()
        self.yielding()
        self.contending()

    def all(self) -> tuple[Callable[[], None], ...]:
        return (
            self.computing,
            self.calling,
            self.sleeping,
            self.hardly_working,
            self.reading,
            self.locking,
            self.talking,
            self.yielding,
            self.contending,
            self.everything,
        )


class Error(NamedTuple):
    """What the profile states beyond the clock."""

    microseconds: float
    percent: float


def measure(function: Callable[[], None]) -> Error:
    with libprof.Profiler() as profiler:
        began = thread_time_ns()
        function()
        clock = thread_time_ns() - began
    nodes = profiler.profile.root.children
    name = function.__qualname__
    # Raw, since the clock around the function sees the hooks' own cost too.
    stated = sum(node.raw_total_cpu_ns for node in nodes if node.frame.name == name)
    return Error((stated - clock) / 1e3, 100 * (stated - clock) / clock)


def measure_all(rounds: int) -> dict[str, list[Error]]:
    errors: dict[str, list[Error]] = {}
    with closing(Functions()) as found, no_collector():
        for _ in range(rounds):
            for function in found.all():
                errors.setdefault(function.__name__, []).append(measure(function))
    return errors


def misses_by(error: Error) -> float:
    """1 is just within."""
    return min(abs(error.percent) / ERROR_PERCENT, abs(error.microseconds) / ERROR_US)


def holds(error: Error) -> bool:
    return misses_by(error) <= 1


def median(errors: list[Error]) -> Error:
    return Error(
        statistics.median(e.microseconds for e in errors),
        statistics.median(e.percent for e in errors),
    )


def shown(error: Error) -> str:
    return f"{error.microseconds:+.1f} µs ({error.percent:+.2f} %)"


def row(errors: dict[str, list[Error]]) -> Row:
    medians = {name: median(values) for name, values in errors.items()}
    name, error = max(medians.items(), key=lambda item: misses_by(item[1]))
    target = f"≤ {ERROR_PERCENT:.0f} % or {ERROR_US:.0f} µs"
    return Row(f"CPU time against the thread's clock ({name})", shown(error), target, holds(error))


def run(rounds: int, page: Work) -> Part:
    errors = measure_all(rounds)
    lines = [["error", "median", "worst", "rounds within"]]
    for name, values in errors.items():
        within = f"{sum(map(holds, values))} of {len(values)}"
        lines.append([name, shown(median(values)), shown(max(values, key=misses_by)), within])
    return Part("CPU time of functions", [row(errors)], columns(lines))
