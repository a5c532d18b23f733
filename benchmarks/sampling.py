# SPDX-License-Identifier: MIT
"""What sampling adds to a program, as ratios over a timer whose handler only counts, and over what the
sampling peer adds; and how long the handler takes."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from functools import partial
from time import thread_time_ns

import _ticks

import libprof
from benchmarks.pace import at_full_speed
from benchmarks.profilers import Profiler, floor_timer, nothing, sampling, sampling_peer
from benchmarks.report import Part, Row, columns
from benchmarks.rounds import Figure, Series, Work, differences, figure, interleave, ratios, seconds
from benchmarks.workloads import WORKLOADS
from libprof import _native

OVER_FLOOR = 1.25
OVER_PEER = 0.15
HANDLER_US = 2.0 if sys.version_info >= (3, 13) else 3.5

SAMPLERS: dict[str, Profiler] = {
    "plain": nothing,
    "libprof": sampling,
    "floor timer": floor_timer,
    "pyinstrument": sampling_peer,
}
#: CPU seconds of a part of a measurement, and how many: two hundred ticks, each of which adds some 10 us.
LONG, PARTS = 0.02, 10
#: Frames on the stack when the handler is timed; ms of a part, and how many.
DEPTH, HANDLED_MS, HANDLED = 100, 25, 20


def measure(work: Work, rounds: int) -> tuple[Figure, Series]:
    """CPU seconds of the work alone, and per round what each sampler adds to it."""

    def under(profiler: Profiler) -> float:
        with profiler():
            work()
            once = partial(seconds, work, at_least=LONG)
            return statistics.fmean(at_full_speed(once) for _ in range(PARTS))

    series = interleave({n: (lambda p=p: under(p)) for n, p in SAMPLERS.items()}, rounds)
    plain = series.pop("plain")
    return figure(plain), {name: differences(values, plain) for name, values in series.items()}


def compute(milliseconds: int) -> None:
    end = thread_time_ns() + milliseconds * 1_000_000
    while thread_time_ns() < end:
        pass


def at_depth(frames: int, work: Callable[[], None]) -> None:
    if frames > 1:
        at_depth(frames - 1, work)
    else:
        work()


def handler_times() -> list[float]:
    """us of each call of the handler on a stack that it has seen before."""
    number = _native.sampling_signal(None)
    times: list[float] = []

    def part() -> list[float]:
        _ticks.watch(number)
        compute(HANDLED_MS)
        return [ns / 1e3 for ns in _ticks.unwatch(number)]

    def parts() -> None:
        part()
        for _ in range(HANDLED):
            times.extend(at_full_speed(part))

    with libprof.Profiler(engine="sample"):
        at_depth(DEPTH, parts)
    return times


def handler_row() -> tuple[Row, str]:
    times = handler_times()
    median = statistics.median(times)
    tenths = statistics.quantiles(times, n=10)
    row = Row(
        f"us in the handler, stack of {DEPTH} frames",
        f"{median:.2f}",
        f"≤ {HANDLER_US}",
        median <= HANDLER_US,
    )
    return row, f"us in the handler, tenths of calls: {' '.join(f'{t:.2f}' for t in tenths)}"


def floor_row(measured: dict[str, tuple[Figure, Series]]) -> Row:
    """The mean over programs: what a tick adds does not depend on them."""
    ratio = statistics.median(
        figure(ratios(added["libprof"], added["floor timer"])).median
        for _, added in measured.values()
    )
    return Row(
        "sampling at 1 kHz over a timer that only counts",
        f"{ratio:.2f}",
        f"≤ {OVER_FLOOR}",
        ratio <= OVER_FLOOR,
    )


def peer_row(page: Series) -> Row:
    ratio = figure(ratios(page["libprof"], page["pyinstrument"]))
    return Row(
        "sampling at 1 kHz over pyinstrument, Django page",
        ratio.shown(3),
        f"≤ {OVER_PEER}",
        ratio.median <= OVER_PEER,
    )


def run(rounds: int, page: Work) -> Part:
    measured = {w.__name__: measure(w, rounds) for w in (page, *WORKLOADS)}
    lines = [["added, % of the time without", *(n for n in SAMPLERS if n != "plain")]]
    for name, (plain, added) in measured.items():
        cells = (figure(values).shown(2, 100 / plain.median) for values in added.values())
        lines.append([name, *cells])
    row, tenths = handler_row()
    rows = [floor_row(measured), peer_row(measured[page.__name__][1]), row]
    return Part("Sampling", rows, [*columns(lines), "", tenths])
