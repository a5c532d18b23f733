# SPDX-License-Identifier: MIT
"""Sessions around requests: µs to start and stop one, and how fast requests run after one has ended, beside
the same requests in a process that has never been profiled."""

from __future__ import annotations

import math
from functools import partial

import libprof
from benchmarks.pace import at_full_speed
from benchmarks.report import Part, Row
from benchmarks.rounds import Series, Work, figure, interleave, ratios, seconds
from benchmarks.twin import Twin
from libprof import _native

BATCH = 100
START_STOP_US = 20.0
SLOWER_PERCENT = 5.0
#: Requests after a session over which their time is averaged.
AFTER = 5
#: Of twins.
PAIRS = 5


def profilers() -> None:
    for _ in range(BATCH):
        libprof.Profiler().start().stop()


def native_sessions() -> None:
    for _ in range(BATCH):
        session = _native.Session()
        session.start("", libprof.DEFAULT_MAX_NODES)
        session.stop()


def cold_session() -> None:
    """The hooks come and go with it."""
    _native.unhook()
    libprof.Profiler().start().stop()
    _native.unhook()


def warm(batch: Work) -> float:
    """µs of one of a batch, which finds the hooks of a session before."""
    libprof.Profiler().start().stop()
    return at_full_speed(partial(seconds, batch)) * 1e6 / BATCH


def start_stop(rounds: int) -> Series:
    """µs to start and stop a session."""
    return interleave(
        {
            "Profiler": lambda: warm(profilers),
            "Session alone": lambda: warm(native_sessions),
            "with hooks installed and removed": lambda: (
                at_full_speed(partial(seconds, cold_session)) * 1e6
            ),
        },
        rounds,
    )


def requests_of_twins(rounds: int) -> Series:
    """Seconds of a request, in two processes."""
    with Twin() as pristine, Twin() as profiled:
        return interleave(
            {
                "never": lambda: pristine.seconds("nothing", AFTER),
                "after": lambda: profiled.seconds("session", AFTER),
                "unhooked": lambda: profiled.seconds("session and hooks", AFTER),
                "floor": lambda: profiled.seconds("floor", AFTER),
            },
            rounds,
        )


def requests(rounds: int) -> Series:
    """Processes differ in where their memory lies, by some percent for as long as they live: so some twins."""
    series: Series = {}
    for _ in range(PAIRS):
        for name, values in requests_of_twins(math.ceil(rounds / PAIRS)).items():
            series.setdefault(name, []).extend(values)
    return series


def run(rounds: int, page: Work) -> Part:
    pairs = start_stop(rounds)
    pages = requests(rounds)
    rows = [start_stop_row(name, pairs[name]) for name in ("Profiler", "Session alone")]
    rows += [
        slower_row(f"the {AFTER} requests after a session", pages["after"], pages["never"]),
        slower_row("requests once the hooks have gone", pages["unhooked"], pages["never"]),
        slower_row(
            f"the {AFTER} requests after a hook that only counts",
            pages["floor"],
            pages["never"],
            None,
        ),
    ]
    details = [
        f"start and stop, {name}: {figure(values).shown(1)} µs" for name, values in pairs.items()
    ]
    details += [f"request, {name}: {figure(v).shown(2, 1e3)} ms" for name, v in pages.items()]
    return Part("Sessions", rows, details)


def start_stop_row(name: str, values: list[float]) -> Row:
    value = figure(values)
    holds = value.median <= START_STOP_US
    return Row(
        f"µs to start and stop, warm, {name}", value.shown(1), f"≤ {START_STOP_US:.0f}", holds
    )


def slower_row(
    name: str, values: list[float], base: list[float], limit: float | None = SLOWER_PERCENT
) -> Row:
    slower = figure([(ratio - 1) * 100 for ratio in ratios(values, base)])
    if limit is None:
        return Row(f"% slower, {name}", slower.shown(1))
    return Row(f"% slower, {name}", slower.shown(1), f"≤ {limit:.0f}", slower.median <= limit)
