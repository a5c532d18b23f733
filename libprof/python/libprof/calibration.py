# SPDX-License-Identifier: MIT
"""What the hooks cost, measured once in a process, so that it can be taken out of every profile.

A loop of calls that do nothing runs with and without hooks. What it takes longer is their cost; how much of
that lies inside the callee is what the session itself reports for it. A long loop is compared with a short
one, so that what happens once (a new node, a page of memory) is not counted as the cost of each call. The
fastest of several rounds counts: the others were interrupted.
"""

from __future__ import annotations

import contextvars
import functools
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter_ns
from typing import Any, NamedTuple

from libprof import _native

#: Turns of the short and of the long loop, and rounds: about 6 ms in all.
_SHORT, _LONG = 20, 520
_ROUNDS = 5

#: Of what a call costs without hooks, this share passes inside the callee (frame set up and left).
_INNER_SHARE = 1 / 3

_Loop = Callable[[Iterable[int]], None]


def _shown(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives code a file of its own: frames of this package are hidden from profiles."""
    function.__code__ = function.__code__.replace(co_filename="<libprof calibration>")
    return function


@_shown
def nothing() -> None:
    pass


@_shown
def generator(turns: Iterable[int]) -> Iterator[None]:
    for _ in turns:
        yield


@_shown
def loop(turns: Iterable[int]) -> None:
    for _ in turns:
        pass


@_shown
def work(turns: Iterable[int]) -> None:
    total = 0
    for turn in turns:
        total = total + turn ^ 3


@_shown
def call(turns: Iterable[int]) -> None:
    for _ in turns:
        nothing()


@_shown
def resume(turns: Iterable[int]) -> None:
    for _ in generator(turns):
        pass


@_shown
def builtin(turns: Iterable[int]) -> None:
    for _ in turns:
        len("")


@_shown
def span(turns: Iterable[int]) -> None:
    for _ in turns:
        with _native.span("calibration"):
            pass


_LOOPS: tuple[_Loop, ...] = (loop, work, call, resume, builtin, span)

#: What each loop calls, by the name that profiles have for it.
_CALLEES = {
    "call": "nothing",
    "resume": "generator",
    "builtin": "builtins.len",
    "span": "calibration",
}


class Cost(NamedTuple):
    """ns of one call: in the callee's own time, and in its caller's."""

    inner: float
    outer: float


class _Calibration:
    """How long a turn of each loop takes without hooks, and from there what hooks cost."""

    def __init__(self) -> None:
        self.plain = {one.__name__: _fastest(one) for one in _LOOPS}

    def costs(self, *, builtins: bool) -> dict[str, Cost]:
        hooked = {one.__name__: _hooked(one, builtins=builtins) for one in _LOOPS}
        slow = 1.0
        if sys.version_info < (3, 12):
            # Every instruction is slower while a thread has a profile function. That cannot be taken out
            # of the times, so it must not be taken out of calls alone.
            slow = max(1.0, hooked["work"][0] / self.plain["work"])
        return {
            name: self._cost(name, hooked, slow)
            for name in _CALLEES
            if builtins or name != "builtin"
        }

    def _cost(self, name: str, hooked: dict[str, list[float]], slow: float) -> Cost:
        total, inside = hooked[name]
        # A span is the profiler's from beginning to end; a call also costs what it costs without hooks.
        true = 0.0 if name == "span" else max(0.0, self.plain[name] - self.plain["loop"]) * slow
        inner = max(0.0, inside - true * _INNER_SHARE)
        return Cost(inner, max(0.0, total - hooked["loop"][0] - true - inner))


def _per_turn(measure: Callable[[int], tuple[int, ...]]) -> list[float]:
    """ns of one turn, for each of the values that are measured."""
    short, long = (
        [min(values) for values in zip(*(measure(turns) for _ in range(_ROUNDS)), strict=True)]
        for turns in (_SHORT, _LONG)
    )
    return [(b - a) / (_LONG - _SHORT) for a, b in zip(short, long, strict=True)]


def _fastest(loop: _Loop) -> float:
    return _per_turn(lambda turns: (_time(loop, turns),))[0]


def _hooked(loop: _Loop, *, builtins: bool) -> list[float]:
    """ns of one turn under hooks, in all and inside the callee."""
    name = loop.__name__

    def measure(turns: int) -> tuple[int, int]:
        profile = _profile(loop, turns, builtins=builtins)
        return _split(profile, name, _CALLEES.get(name, ""))

    return _per_turn(measure)


def _time(loop: _Loop, turns: int) -> int:
    began = perf_counter_ns()
    loop(range(turns))
    return perf_counter_ns() - began


def _profile(loop: _Loop, turns: int, *, builtins: bool) -> _native.Profile:
    session = _native.Session(builtins=builtins)
    session.start("calibration", 100)
    try:
        loop(range(turns))
    finally:
        profile = session.stop()
    return profile


def _split(profile: _native.Profile, loop: str, callee: str) -> tuple[int, int]:
    """ns of the loop: in all, and inside its callee."""
    names = [frame[0] for frame in profile.frames()]
    nodes = [(names[node[1]], node) for node in profile.nodes()]
    total = sum(node[4] for name, node in nodes if name == loop)
    inside = sum(node[3] for name, node in nodes if name == callee)
    return total, inside


_calibration = functools.cache(_Calibration)

#: One thread measures, and others that want to start a session wait: their hooks would be in the measure.
_turn = threading.RLock()
_measuring = False


def ensure(*, builtins: bool) -> None:
    """Measures the costs of sessions with or without builtins, unless that has been done.

    Must be called before the first session of the process hooks the interpreter. Takes some ms once.
    """
    if _native.costs(builtins) is None:
        with _turn:
            _ensure_alone(builtins=builtins)


def _ensure_alone(*, builtins: bool) -> None:
    global _measuring
    if _measuring or _native.costs(builtins) is not None:
        return  # a session begins inside the measurement (in a finalizer, say), or we have waited for it
    _measuring = True
    try:
        # In a context of its own, so that no session of the program sees any of it.
        contextvars.Context().run(_measure, builtins=builtins)
    finally:
        _measuring = False


def _measure(*, builtins: bool) -> None:
    hooked = _native.status()[0] is not None
    if hooked and _calibration.cache_info().currsize == 0:
        return  # how fast code is without hooks cannot be told now
    costs = _calibration().costs(builtins=builtins)
    zero = Cost(0.0, 0.0)
    flat = [value for name in _CALLEES for value in costs.get(name, zero)]
    _native.set_costs(builtins, *flat)


def _start_anew() -> None:
    """In a forked child: the thread that was measuring is not there."""
    global _turn, _measuring
    _turn = threading.RLock()
    _measuring = False


os.register_at_fork(after_in_child=_start_anew)
