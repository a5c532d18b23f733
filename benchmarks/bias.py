# SPDX-License-Identifier: MIT
"""Function bias: a program does the same work twice, split into small calls and inline. Which share of its
time does a profiler give to the half with the calls? The truth is timed without a profiler; errors are in
points (percent of the whole)."""

from __future__ import annotations

import cProfile
from collections.abc import Callable
from functools import partial
from time import thread_time_ns
from typing import NamedTuple

import yappi

import libprof
from benchmarks.pace import at_full_speed
from benchmarks.report import Part, Row, columns
from benchmarks.rounds import Figure, Work, differences, figure, interleave, undisturbed
from libprof import _native

ERROR_POINTS = 5.0
#: Statements in a call, of some 30 ns each.
SIZES = (1, 2, 4, 8, 16)
#: In each half: half a ms, so that most tries are undisturbed by other programs.
STATEMENTS = 8_000

STATEMENT = "value = (value * 69069 + 1) & 0xFFFF"
SOURCE = """
def step(value):
    {body}
    return value

def split(count):
    value = 1
    for _ in range(count):
        value = step(value)

def inline(count):
    value = 1
    for _ in range(count):
        {deeper}
"""


class Program(NamedTuple):
    """Two functions of the same work."""

    split: Callable[[int], None]
    inline: Callable[[int], None]
    loops: int

    def run(self) -> None:
        self.split(self.loops)
        self.inline(self.loops)


def make(size: int) -> Program:
    """From text: a loop inside the calls would be part of the work."""
    names: dict[str, Callable[[int], None]] = {}
    body, deeper = ("\n".ljust(indent + 1).join([STATEMENT] * size) for indent in (4, 8))
    exec(SOURCE.format(body=body, deeper=deeper), names)
    return Program(names["split"], names["inline"], STATEMENTS // size)


def share(first: float, second: float) -> float:
    """Percent."""
    return 100 * first / (first + second)


def truth(program: Program) -> float:
    _native.unhook()
    program.run()
    began = thread_time_ns()
    program.split(program.loops)
    between = thread_time_ns()
    program.inline(program.loops)
    return share(between - began, thread_time_ns() - between)


def by_libprof(program: Program) -> float:
    with libprof.Profiler() as profiler:
        program.run()
    times = {f.name: f.total_wall_ns for f in profiler.profile.functions()}
    return share(times["split"], times["inline"])


def by_cprofile(program: Program) -> float:
    _native.unhook()
    profiler = cProfile.Profile()
    profiler.runcall(program.run)
    times = {
        e.code.co_name: e.totaltime for e in profiler.getstats() if not isinstance(e.code, str)
    }
    return share(times["split"], times["inline"])


def by_yappi(program: Program) -> float:
    _native.unhook()
    yappi.set_clock_type("wall")
    yappi.start(builtins=True, profile_threads=False)
    program.run()
    yappi.stop()
    times = {stat.name: stat.ttot for stat in yappi.get_func_stats()}
    yappi.clear_stats()
    return share(times["split"], times["inline"])


SHARES: dict[str, Callable[[Program], float]] = {
    "truth": truth,
    "libprof": by_libprof,
    "cProfile": by_cprofile,
    "yappi wall": by_yappi,
}


def errors(size: int, rounds: int) -> dict[str, Figure]:
    """Points above the truth; and the truth itself."""
    program = make(size)
    series = interleave(
        {
            name: partial(at_full_speed, partial(undisturbed, partial(f, program)))
            for name, f in SHARES.items()
        },
        rounds,
    )
    base = series.pop("truth")
    found = {name: figure(differences(values, base)) for name, values in series.items()}
    return {"truth": figure(base)} | found


def row(measured: dict[int, dict[str, Figure]]) -> Row:
    """The size at which libprof is worst."""
    size = max(measured, key=lambda size: abs(measured[size]["libprof"].median))
    error = {name: value.median for name, value in measured[size].items()}
    return Row(
        f"function bias in points, {size} statements in a call",
        f"{error['libprof']:+.1f} (cProfile {error['cProfile']:+.1f})",
        f"≤ {ERROR_POINTS:.0f}",
        abs(error["libprof"]) <= ERROR_POINTS,
    )


def run(rounds: int, page: Work) -> Part:
    measured = {size: errors(size, rounds) for size in SIZES}
    lines = [["statements in a call", *(f"{name}" for name in SHARES)]]
    for size, values in measured.items():
        lines.append([str(size), *(values[name].shown(1) for name in SHARES)])
    return Part(
        "Function bias (truth: % in small calls; the others: points above)",
        [row(measured)],
        columns(lines),
    )
