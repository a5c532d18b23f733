# SPDX-License-Identifier: MIT
"""The profilers that are compared, each as a context manager that is made anew for every measurement."""

from __future__ import annotations

import cProfile
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import _floor  # benchmarks/floor, built by .ci/bench.sh
import _ticks
import pyinstrument
import yappi

import libprof
from libprof import _native

Profiler = Callable[[], AbstractContextManager[object]]

#: The events that libprof asks for; CALL brings C_RETURN and C_RAISE with it.
PYTHON_EVENTS = ("PY_START", "PY_RESUME", "PY_THROW", "PY_RETURN", "PY_UNWIND", "PY_YIELD")
BUILTIN_EVENTS = ("CALL", "C_RETURN", "C_RAISE")

FLOOR_TOOL_ID = 3
PYINSTRUMENT_SECONDS = 0.001


@contextmanager
def nothing() -> Iterator[None]:
    """No profiler, and no idle hooks of a session before."""
    _native.unhook()
    yield


@contextmanager
def tracing(*, builtins: bool = True) -> Iterator[None]:
    """libprof: wall and CPU time in one run."""
    with libprof.Profiler(builtins=builtins):
        yield


@contextmanager
def sampling(*, interval: float = 0.001) -> Iterator[libprof.Profiler]:
    """libprof's other engine: wall and CPU time as well."""
    _native.unhook()
    with libprof.Profiler(engine="sample", interval=interval) as profiler:
        yield profiler


@contextmanager
def floor_timer(*, interval: float = 0.001) -> Iterator[None]:
    """A timer whose handler in C only counts: what the kernel takes for interrupting a thread.

    Its first tick comes at a random moment, as a session's does.
    """
    _native.unhook()
    interval_ns = round(interval * 1e9)
    _ticks.start(random.randint(1, interval_ns), interval_ns)
    try:
        yield
    finally:
        _ticks.stop()


@contextmanager
def cprofile() -> Iterator[None]:
    _native.unhook()
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        yield
    finally:
        profiler.disable()


def yappi_with(clock: str) -> Profiler:
    """yappi, which knows one clock at a time: "wall" or "cpu"."""

    @contextmanager
    def run() -> Iterator[None]:
        _native.unhook()
        yappi.set_clock_type(clock)
        yappi.start(builtins=True, profile_threads=False)
        try:
            yield
        finally:
            yappi.stop()
            yappi.clear_stats()

    return run


@contextmanager
def sampling_peer() -> Iterator[None]:
    """pyinstrument: samples, but looks at its clock on every event."""
    _native.unhook()
    profiler = pyinstrument.Profiler(interval=PYINSTRUMENT_SECONDS)
    profiler.start()
    try:
        yield
    finally:
        profiler.stop()


@contextmanager
def floor_monitoring(*, builtins: bool = True, clock: bool = False) -> Iterator[_floor.Counter]:
    """A hook in C that only counts, by sys.monitoring, on the same events as libprof."""
    _native.unhook()
    monitoring = sys.monitoring
    counter = _floor.Counter(clock=clock)
    names = PYTHON_EVENTS + (BUILTIN_EVENTS if builtins else ())
    events = {name: getattr(monitoring.events, name) for name in names}
    monitoring.use_tool_id(FLOOR_TOOL_ID, "floor")
    for event in events.values():
        monitoring.register_callback(FLOOR_TOOL_ID, event, counter)
    monitoring.set_events(FLOOR_TOOL_ID, sum(events.values()))
    try:
        yield counter
    finally:
        monitoring.set_events(FLOOR_TOOL_ID, 0)
        for event in events.values():
            monitoring.register_callback(FLOOR_TOOL_ID, event, None)
        monitoring.free_tool_id(FLOOR_TOOL_ID)


@contextmanager
def floor_setprofile(*, clock: bool = False) -> Iterator[_floor.Counter]:
    """A hook in C that only counts, by PyEval_SetProfile."""
    _native.unhook()
    counter = _floor.Counter(clock=clock)
    _floor.hook_thread(counter)
    try:
        yield counter
    finally:
        _floor.unhook_thread()


#: The best that this version of CPython offers comes first.
FLOORS: dict[str, Profiler] = (
    {"floor monitoring": floor_monitoring} if hasattr(sys, "monitoring") else {}
) | {"floor setprofile": floor_setprofile}

#: The least that is possible for who measures time.
TIMED_FLOORS: dict[str, Profiler] = {
    f"{name}, clock": partial(floor, clock=True) for name, floor in FLOORS.items()
}

PEERS: dict[str, Profiler] = {
    "cProfile": cprofile,
    "yappi wall": yappi_with("wall"),
    "yappi CPU": yappi_with("cpu"),
    "pyinstrument": sampling_peer,
}
