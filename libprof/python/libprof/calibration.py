# SPDX-License-Identifier: MIT
"""What the hooks cost, measured once in a process, so that it can be taken out of every profile.

A loop of calls that do nothing runs with and without hooks. What it takes longer is their cost; how much of
that lies inside the callee is what the session itself reports for it. A long loop is compared with a short
one, so that what happens once (a new node, a page of memory) is not counted as the cost of each call. The
middle one of several rounds counts, as some were interrupted. The machine changes its speed meanwhile, and will have
changed it again when a program is profiled, so all is measured for one pace (core/pace.h).
"""

from __future__ import annotations

import contextvars
import functools
import os
import sys
from _thread import RLock
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter_ns
from typing import Any, NamedTuple

from libprof import _native

#: Turns of the short and of the long loop, and rounds: about 7 ms in all.
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


def _far_generator() -> Callable[[Iterable[int]], Iterator[None]]:
    """A generator whose offsets CPython makes a number for at each event: it keeps those to 256, or to 1024."""
    names: dict[str, Any] = {}
    lines = ["def far_generator(turns):", " if not turns:", *["  turns.a"] * 120]
    exec("\n".join([*lines, " for _ in turns:", "  yield"]), names)  # noqa: S102 - of the lines above
    return _shown(names["far_generator"])


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
def far(turns: Iterable[int]) -> None:
    for _ in far_generator(turns):
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


far_generator = _far_generator()

_LOOPS: tuple[_Loop, ...] = (loop, work, call, resume, builtin, span, far)

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
        self.pace = _native.pace()
        plain = _per_turn(lambda loop, turns: (_time(loop, turns),), self.pace)
        self.plain = {name: time for name, (time,) in plain.items()}

    def costs(self, *, builtins: bool) -> dict[str, Cost]:
        hooked = _per_turn(lambda loop, turns: _hooked(loop, turns, builtins=builtins), self.pace)
        slow = 1.0
        if sys.version_info < (3, 12):
            # Every instruction is slower while a thread has a profile function. That cannot be taken out
            # of the times, so it must not be taken out of calls alone.
            slow = max(1.0, hooked["work"][0] / self.plain["work"])
        costs = {
            name: self._cost(name, hooked, slow)
            for name in _CALLEES
            if builtins or name != "builtin"
        }
        return costs | {"far": _cost_of_far_event(hooked)}

    def _cost(self, name: str, hooked: dict[str, list[float]], slow: float) -> Cost:
        total, inside = hooked[name]
        # A span is the profiler's from beginning to end; a call also costs what it costs without hooks.
        true = 0.0 if name == "span" else max(0.0, self.plain[name] - self.plain["loop"]) * slow
        inner = max(0.0, inside - true * _INNER_SHARE)
        return Cost(inner, max(0.0, total - hooked["loop"][0] - true - inner))


def _cost_of_far_event(hooked: dict[str, list[float]]) -> Cost:
    """Beside what the event costs anyhow. A turn has two, in one of which the number is made before the clock is
    read, and in the other one thrown away: half of it is inside the callee."""
    pair = max(0.0, hooked["far"][0] - hooked["resume"][0])
    return Cost(pair / 4, pair / 4)


def _per_turn(
    measure: Callable[[_Loop, int], tuple[int, ...]], pace: float
) -> dict[str, list[float]]:
    """ns of one turn of each loop at this pace, for each of the values that are measured.

    The loops take turns: what slows the machine for a moment slows one round of each, not all of one.
    """
    measured: dict[tuple[str, int], list[list[float]]] = {}
    for _ in range(_ROUNDS):
        for loop in _LOOPS:
            for turns in (_SHORT, _LONG):
                values = _at_pace(pace, functools.partial(measure, loop, turns))
                measured.setdefault((loop.__name__, turns), []).append(values)
    return {
        name: [
            (long - short) / (_LONG - _SHORT)
            for short, long in zip(
                _medians(measured[name, _SHORT]), _medians(measured[name, _LONG]), strict=True
            )
        ]
        for name in (loop.__name__ for loop in _LOOPS)
    }


def _at_pace(pace: float, measure: Callable[[], tuple[int, ...]]) -> list[float]:
    """What it would have measured, had the machine been as fast as it is at this pace."""
    before = _native.pace()
    values = measure()
    meanwhile = (before + _native.pace()) / 2
    return [value * pace / meanwhile if meanwhile else value for value in values]


def _medians(rounds: list[list[float]]) -> list[float]:
    """Of each of the values; of an odd number of rounds."""
    return [sorted(values)[len(values) // 2] for values in zip(*rounds, strict=True)]


def _hooked(loop: _Loop, turns: int, *, builtins: bool) -> tuple[int, int]:
    """ns under hooks, in all and inside the callee."""
    profile = _profile(loop, turns, builtins=builtins)
    name = loop.__name__
    return _split(profile, name, _CALLEES.get(name, ""))


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
    """ns of the loop, with whatever is taken out by now: in all, and inside its callee."""
    names = [frame[0] for frame in profile.frames()]
    nodes = [(names[node[1]], node) for node in profile.nodes()]
    total = sum(node[4] + node[10] for name, node in nodes if name == loop)
    inside = sum(node[3] + node[9] for name, node in nodes if name == callee)
    return total, inside


_calibration = functools.cache(_Calibration)

#: One thread measures, and others that want to start a session wait: their hooks would be in the measure.
#: Not by way of threading: a sub-interpreter of 3.11 or 3.12 that has imported it hangs when it ends in
#: another thread than it began in.
_turn = RLock()
_measuring = False

#: PyEval_SetProfile reports builtins whether a session wants them or not: every session pays for both.
_MODES_DIFFER = sys.version_info >= (3, 12)


def ensure(*, builtins: bool) -> None:
    """Measures the costs of sessions with or without builtins, unless that has been done.

    Called before each session begins; takes some ms once.
    """
    builtins = builtins or not _MODES_DIFFER
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
    if not _unhooked() and (not builtins or _calibration.cache_info().currsize == 0):
        return  # sessions run: code without hooks, or hooks without builtins, cannot be timed now
    costs = _calibration().costs(builtins=builtins)
    zero = Cost(0.0, 0.0)
    flat = [value for name in (*_CALLEES, "far") for value in costs.get(name, zero)]
    _native.set_costs(builtins, *flat, _calibration().pace)


def _unhooked() -> bool:
    """Removes the idle hooks of sessions that are over. False while there are sessions."""
    try:
        _native.unhook()
    except RuntimeError:
        return False
    return True


def _start_anew() -> None:
    """In a forked child: the thread that was measuring is not there."""
    global _turn, _measuring
    _turn = RLock()
    _measuring = False


os.register_at_fork(after_in_child=_start_anew)
