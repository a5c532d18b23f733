# SPDX-License-Identifier: MIT
"""What a call costs a thread that is not profiled, in ns added to each call: while another thread is
profiled, after the last session while its hooks are still there, and after the hooks have gone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread

import libprof
from benchmarks.profilers import Profiler, floor_monitoring, floor_setprofile, nothing
from benchmarks.report import Part, Row, columns
from benchmarks.rounds import Figure, Work, differences, figure, interleave, within
from libprof import _native

CALLS = 50_000
PROFILED_NS = 20.0
#: Nothing is measured more exactly than this in a loop of a few milliseconds.
GONE_NS = 1.0
HAS_MONITORING = sys.version_info >= (3, 12)


def _empty() -> None:
    pass


def python_calls() -> None:
    function = _empty
    for _ in range(CALLS):
        function()


def builtin_calls() -> None:
    values: list[int] = []
    function = len
    for _ in range(CALLS):
        function(values)


WORKLOADS: dict[str, Work] = {"empty function": python_calls, "len()": builtin_calls}


@contextmanager
def other_thread(*, builtins: bool) -> Iterator[None]:
    """A session on a thread that waits."""
    _native.unhook()  # events of builtins stay on as long as the hooks do
    running, enough = Event(), Event()

    def wait() -> None:
        with libprof.Profiler(builtins=builtins):
            running.set()
            enough.wait()

    thread = Thread(target=wait)
    thread.start()
    running.wait()
    try:
        yield
    finally:
        enough.set()
        thread.join()


@contextmanager
def ended(*, unhook: bool) -> Iterator[None]:
    """A session that has ended, a moment ago or after its hooks were removed."""
    with libprof.Profiler():
        python_calls()
        builtin_calls()
    if unhook:
        _native.unhook()
    yield


def floors() -> dict[str, Profiler]:
    if HAS_MONITORING:
        return {
            "floor": floor_monitoring,
            "floor, builtins=False": partial(floor_monitoring, builtins=False),
        }
    return {"floor": floor_setprofile}


SETTINGS: dict[str, Profiler] = {
    "plain": nothing,
    "other thread": partial(other_thread, builtins=True),
    "other thread, builtins=False": partial(other_thread, builtins=False),
    "session ended": partial(ended, unhook=False),
    "hooks gone": partial(ended, unhook=True),
    **floors(),
}


def measure(work: Work, rounds: int) -> dict[str, Figure]:
    """ns added to a call; "plain" is the call itself."""
    series = interleave({name: within(s, work) for name, s in SETTINGS.items()}, rounds)
    base = series["plain"]
    added = {name: differences(v, base) for name, v in series.items() if name != "plain"}
    return {name: per_call(values) for name, values in ({"plain": base} | added).items()}


def per_call(values: list[float]) -> Figure:
    return figure([value * 1e9 / CALLS for value in values])


def row(name: str, setting: str, value: Figure, limit: float | None) -> Row:
    measure = f"ns per call not profiled, {name}, {setting}"
    if limit is None:
        return Row(measure, value.shown(1))
    target = f"≤ {limit:.0f}" if limit != GONE_NS else "0 (within 1)"
    return Row(measure, value.shown(1), target, value.median <= limit)


def limits() -> dict[str, float | None]:
    """On 3.11 a hook belongs to a thread, and no target is set."""
    profiled = PROFILED_NS if HAS_MONITORING else None
    return {
        "other thread": profiled,
        "other thread, builtins=False": profiled,
        "session ended": None,
        "hooks gone": GONE_NS,
    }


def run(rounds: int, page: Work) -> Part:
    measured = {name: measure(work, rounds) for name, work in WORKLOADS.items()}
    rows = [
        row(name, setting, figures[setting], limit)
        for name, figures in measured.items()
        for setting, limit in limits().items()
    ]
    lines = [["ns added per call", *SETTINGS]]
    for name, figures in measured.items():
        lines.append([name, *(figures[setting].shown(1) for setting in SETTINGS)])
    return Part("Threads that are not profiled (plain: the call itself)", rows, columns(lines))
