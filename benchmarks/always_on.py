# SPDX-License-Identifier: MIT
"""What watching every request for slow ones costs the example shop: its CPU time per request with SLOW_SECONDS
set, and without, interleaved request by request; and with a timer instead whose handler only counts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import NamedTuple

from benchmarks.pace import at_full_speed
from benchmarks.profilers import floor_timer
from benchmarks.report import Part, Row, columns
from benchmarks.rounds import Figure, Series, Work, figure, no_collector, ratios, seconds


class Watch(NamedTuple):
    slow_seconds: float
    interval: float
    more: float  # how much longer requests may take


#: Two whose SLOW_SECONDS is so short, or so long, that they are sampled as often as INTERVAL says; and the default
#: INTERVAL beside a usual SLOW_SECONDS.
WATCHES = {
    "1 kHz": Watch(0.2, 0.001, 0.03),
    "100 Hz": Watch(2.0, 0.01, 0.01),
    "SLOW_SECONDS 1": Watch(1.0, 0.001, 0.03),
}
#: The same rate from a request's beginning on: those that are watched begin slowly, as nearly all of them are quick.
FULL = {"1 kHz from the beginning": 0.001}
#: What the system takes for interrupting the thread as often.
FLOORS = {"timer at 1 kHz": 0.001, "timer at 100 Hz": 0.01}
#: Requests of each kind a round: the machine changes its speed from one moment to the next.
TURNS = 20


def serve(
    page: Work,
    values: dict[str, object],
    beside: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Callable[[], float]:
    """Of the second request: what follows a change of the settings is looked up by the first."""

    def measure() -> float:
        from django.test import override_settings

        from libprof import _native

        _native.unhook()
        with override_settings(DJANGO_PROFILER=values):
            page()
            with beside():
                return at_full_speed(partial(seconds, page))

    return measure


@contextmanager
def sampled(interval: float) -> Iterator[None]:
    import libprof

    session = libprof.Watcher(interval=interval).begin()
    try:
        yield
    finally:
        session.cancel()


def in_turns(measures: dict[str, Callable[[], float]], turns: int) -> Series:
    """In another order each time, since a request may also pay for the one before it."""
    series: Series = {name: [] for name in measures}
    names = list(measures)
    with no_collector():
        for _ in range(turns):
            random.shuffle(names)
            for name in names:
                series[name].append(measures[name]())
    return series


def run(rounds: int, page: Work) -> Part:
    settings: dict[str, dict[str, object]] = {"without": {}} | {
        name: {"SLOW_SECONDS": watch.slow_seconds, "INTERVAL": watch.interval}
        for name, watch in WATCHES.items()
    }
    measures = {name: serve(page, values) for name, values in settings.items()}
    for name, interval in FULL.items():
        measures[name] = serve(page, {}, partial(sampled, interval=interval))
    for name, interval in FLOORS.items():
        measures[name] = serve(page, {}, partial(floor_timer, interval=interval))
    in_turns(measures, 2)
    series = in_turns(measures, rounds * TURNS)
    plain = series.pop("without")
    rows, lines = [], [["ms a request", "without", *series]]
    lines.append(
        ["", figure(plain).shown(3, 1e3), *(figure(v).shown(3, 1e3) for v in series.values())]
    )
    for name, watch in WATCHES.items():
        more = added(series[name], plain)
        rows.append(
            Row(
                f"watching for slow requests, {name}, %",
                more.shown(1, 100),
                f"≤ {watch.more:.0%}",
                more.median <= watch.more,
            )
        )
    rows += [
        Row(f"sampling at {name}, %", added(series[name], plain).shown(1, 100)) for name in FULL
    ]
    rows += [
        Row(f"a {name} that only counts, %", added(series[name], plain).shown(1, 100))
        for name in FLOORS
    ]
    return Part("Always on", rows, columns(lines))


def added(values: list[float], plain: list[float]) -> Figure:
    return figure([ratio - 1 for ratio in ratios(values, plain)])
