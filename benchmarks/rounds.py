# SPDX-License-Identifier: MIT
"""How everything here is measured: interleaved rounds, and medians over them.

Each round takes every measurement once, so a noisy moment hits all of them, and figures are compared within
a round before the median is taken. Time is the CPU time of the measuring thread, so that what else runs on
the machine counts as little as possible. What still disturbs it, caches above all, only ever adds: where a
measurement is repeated within a round, the shortest counts.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from time import perf_counter_ns, thread_time_ns
from typing import NamedTuple

from benchmarks.pace import at_full_speed

Work = Callable[[], object]

#: Name of a measurement -> one figure per round.
Series = dict[str, list[float]]


#: CPU seconds. Shorter than a scheduler's time slice, so that some rounds are undisturbed.
LONG_ENOUGH = 0.010

#: Calls until code that has been instrumented anew is specialised again, and runs as it will from then on.
WARM_UP = 3
#: Measurements of which the shortest counts.
BEST_OF = 5

#: The share of elapsed time that other programs may take, and how often it is tried again.
DISTURBED, TRIES = 0.01, 20


class Figure(NamedTuple):
    """A median, and half the distance between the quartiles as its spread."""

    median: float
    spread: float

    def shown(self, digits: int, scale: float = 1.0) -> str:
        return f"{self.median * scale:.{digits}f} ±{self.spread * scale:.{digits}f}"


def figure(values: list[float]) -> Figure:
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return Figure(median, (upper - lower) / 2)


def seconds(work: Work, *, at_least: float = 0.0) -> float:
    """CPU seconds of a call: the mean of as many calls as take this long together."""
    wanted, calls = int(at_least * 1e9), 0
    began = thread_time_ns()
    while not calls or thread_time_ns() - began < wanted:
        work()
        calls += 1
    return (thread_time_ns() - began) / 1e9 / calls


def undisturbed(measure: Callable[[], float]) -> float:
    """For what is measured by elapsed time: once more, until nothing else took the core meanwhile."""
    for _ in range(TRIES):
        elapsed, busy = perf_counter_ns(), thread_time_ns()
        value = measure()
        busy, elapsed = thread_time_ns() - busy, perf_counter_ns() - elapsed
        if elapsed - busy <= DISTURBED * elapsed:
            break
    return value


def within(
    setting: Callable[[], AbstractContextManager[object]], work: Work
) -> Callable[[], float]:
    """A measurement of work under a profiler, which is made anew each time.

    It is warmed up in there: instrumenting code is paid once in a process, not once in a request.
    """

    def measure() -> float:
        with setting():
            for _ in range(WARM_UP):
                work()
            once = partial(seconds, work, at_least=LONG_ENOUGH)
            return min(at_full_speed(once) for _ in range(BEST_OF))

    return measure


def interleave(measurements: Mapping[str, Callable[[], float]], rounds: int) -> Series:
    """Takes every measurement once a round. The first round, unmeasured, warms all of them up."""
    series: Series = {name: [] for name in measurements}
    with no_collector():
        for number in range(rounds + 1):
            for name, measure in measurements.items():
                value = measure()
                if number:
                    series[name].append(value)
            gc.collect()
    return series


@contextmanager
def no_collector() -> Iterator[None]:
    """The collector would run in whichever measurement crosses its threshold."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def differences(values: list[float], base: list[float]) -> list[float]:
    """Round by round."""
    return [value - basis for value, basis in zip(values, base, strict=True)]


def ratios(values: list[float], base: list[float]) -> list[float]:
    """Round by round."""
    return [value / basis for value, basis in zip(values, base, strict=True)]
