# SPDX-License-Identifier: MIT
"""What the hooks cost, measured once in a process, so that it can be taken out of every profile.

Loops run with and without hooks. What they take longer is the hooks' cost. A long loop is compared with a short
one, so that what happens once (a new node, a page of memory) is not counted as the cost of each call. The
middle one of many rounds counts, as some were interrupted. The machine changes its speed meanwhile, and will have
changed it again when a program is profiled, so all is measured for one pace (core/pace.h).

What a call costs in all is measured on trees of calls, as programs are. How much of that lies inside the callee is
measured on calls of a function that does nothing: it is what the session itself reports for it.
"""

from __future__ import annotations

import contextvars
import functools
import os
import sys
from _thread import RLock
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Any, NamedTuple

from libprof import _native
from libprof.calibration_programs import (
    CALLEES,
    LOOPS,
    PROGRAMS,
    TREE,
    Loop,
    Program,
    calls_in,
    resumes_in,
)

#: Turns of the short and of the long loop. Below 256: CPython makes an object for each larger number, and where objects
#: are made hooks cost more.
_SHORT, _LONG = 20, 120
_ROUNDS = 25

#: So many trees run one after another. The first two are left out: programs that have not run for a while are slow, and
#: under hooks more so.
_BLOCK, _COLD = 10, 2
#: Loops and trees take 9 to 15 ms in all.
_TREE_ROUNDS = 9

#: In programs hooks cost more than in anything small that runs again and again: from as much up to half as much again. With
#: this, shares of programs that have many events and few are best (docs/decisions/0006-compensation.md).
_COLDER = 1.07

#: Of what a call costs without hooks, this share passes inside the callee (frame set up and left).
_INNER_SHARE = 1 / 3


class Cost(NamedTuple):
    """ns of one call: in the callee's own time, and in its caller's."""

    inner: float
    outer: float


class _Calibration:
    """How long a turn of each loop takes without hooks, and from there what hooks cost."""

    def __init__(self) -> None:
        self.pace = _native.pace()
        self.plain = {name: time for name, (time,) in _per_turn(_timed, self.pace).items()}
        self.plain_trees = self._trees()

    def costs(self, *, builtins: bool) -> dict[str, Cost]:
        hooked = _per_turn(functools.partial(_hooked, builtins=builtins), self.pace)
        slow = 1.0
        if sys.version_info < (3, 12):
            # Every instruction is slower while a thread has a profile function. That cannot be taken out
            # of the times, so it must not be taken out of calls alone.
            slow = max(1.0, hooked["work"][0] / self.plain["work"])
        costs = {
            name: self._cost(name, hooked, slow)
            for name in CALLEES
            if builtins or name != "builtin"
        }
        costs |= self._costs_in_trees(slow, costs, builtins=builtins)
        return {name: Cost(*(_COLDER * ns for ns in cost)) for name, cost in costs.items()}

    def _trees(self) -> dict[str, float]:
        """ns that each program takes for the tree beside one that is empty."""
        measured: dict[tuple[str, Any], list[float]] = {}
        for _ in range(_TREE_ROUNDS):
            for program in PROGRAMS:
                for tree in (TREE, ()):
                    block = functools.partial(_block, program, tree)
                    times = measured.setdefault((program.__name__, tree), [])
                    times += _at_pace(self.pace, block)[_COLD:]
        return {
            name: _median(measured[name, TREE]) - _median(measured[name, ()])
            for name in (program.__name__ for program in PROGRAMS)
        }

    def _hooked_trees(self, *, builtins: bool) -> dict[str, float]:
        hooked: dict[str, float] = {}
        _in_session(lambda: hooked.update(self._trees()), builtins=builtins)
        return hooked

    def _cost(self, name: str, hooked: dict[str, list[float]], slow: float) -> Cost:
        total, inside = hooked[name]
        # A span is the profiler's from beginning to end; a call also costs what it costs without hooks.
        true = 0.0 if name == "span" else max(0.0, self.plain[name] - self.plain["loop"]) * slow
        inner = max(0.0, inside - true * _INNER_SHARE)
        return Cost(inner, max(0.0, total - hooked["loop"][0] - true - inner))

    def _costs_in_trees(
        self, slow: float, costs: dict[str, Cost], *, builtins: bool
    ) -> dict[str, Cost]:
        """As many ns are inside of callees as in loops; the rest is what is dearer in trees."""
        hooked = self._hooked_trees(builtins=builtins)
        added = {name: hooked[name] - plain * slow for name, plain in self.plain_trees.items()}
        calls, resumes = calls_in(TREE) - 1, resumes_in(TREE) - 1
        call = added["call_tree"] / calls
        resume = (added["resume_tree"] - calls * call) / resumes
        # Generators are resumed and suspended as often, and each returns once.
        far = (added["far_tree"] - added["resume_tree"]) / (2 * resumes + calls)
        return {
            "call": _with_sum(costs["call"], call),
            "resume": _with_sum(costs["resume"], resume),
            # Beside what the event costs anyhow. In one half of them the number is made before the clock is read, and in
            # the other one thrown away.
            "far": Cost(max(0.0, far / 2), max(0.0, far / 2)),
        }


def _with_sum(cost: Cost, total: float) -> Cost:
    return Cost(cost.inner, max(0.0, total - cost.inner))


def _per_turn(
    measure: Callable[[Loop, int], tuple[int, ...]], pace: float
) -> dict[str, list[float]]:
    """ns of one turn of each loop at this pace, for each of the values that are measured.

    The loops take turns: what slows the machine for a moment slows one round of each, not all of one.
    """
    measured: dict[tuple[str, int], list[list[float]]] = {}
    for _ in range(_ROUNDS):
        for loop in LOOPS:
            for turns in (_SHORT, _LONG):
                values = _at_pace(pace, functools.partial(measure, loop, turns))
                measured.setdefault((loop.__name__, turns), []).append(values)
    return {
        name: [
            (_median(long) - _median(short)) / (_LONG - _SHORT)
            for short, long in zip(
                zip(*measured[name, _SHORT], strict=True),
                zip(*measured[name, _LONG], strict=True),
                strict=True,
            )
        ]
        for name in (loop.__name__ for loop in LOOPS)
    }


def _at_pace(pace: float, measure: Callable[[], tuple[int, ...]]) -> list[float]:
    """What it would have measured, had the machine been as fast as it is at this pace."""
    before = _native.pace()
    values = measure()
    meanwhile = (before + _native.pace()) / 2
    return [value * pace / meanwhile if meanwhile else value for value in values]


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _hooked(loop: Loop, turns: int, *, builtins: bool) -> tuple[int, int]:
    """ns under hooks, in all and inside the callee."""
    profile = _in_session(lambda: loop(range(turns)), builtins=builtins)
    name = loop.__name__
    return _split(profile, name, CALLEES.get(name, ""))


def _time(run: Callable[[Any], object], argument: Any) -> int:
    began = perf_counter_ns()
    run(argument)
    return perf_counter_ns() - began


def _timed(loop: Loop, turns: int) -> tuple[int]:
    return (_time(loop, range(turns)),)


def _block(program: Program, tree: Any) -> tuple[int, ...]:
    """ns of each run."""
    return tuple([_time(program, tree) for _ in range(_BLOCK)])


def _in_session(run: Callable[[], None], *, builtins: bool) -> _native.Profile:
    session = _native.Session(builtins=builtins)
    session.start("calibration", 100)
    try:
        run()
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
    flat = [value for name in (*CALLEES, "far") for value in costs.get(name, zero)]
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
