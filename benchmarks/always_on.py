# SPDX-License-Identifier: MIT
"""What watching every request for slow ones costs the example shop: its CPU time per request with SLOW_SECONDS
set, and without, interleaved."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.report import Part, Row, columns
from benchmarks.rounds import Work, figure, interleave, ratios, seconds

#: Seconds between samples -> how much longer requests may take.
INTERVALS = {0.001: 0.03, 0.01: 0.01}
#: No request is that slow.
SLOW = 60.0
LONG = 0.3


def serve(page: Work, values: dict[str, object]) -> Callable[[], float]:
    def measure() -> float:
        from django.test import override_settings

        from libprof import _native

        _native.unhook()
        with override_settings(DJANGO_PROFILER=values):
            page()
            return seconds(page, at_least=LONG)

    return measure


def run(rounds: int, page: Work) -> Part:
    settings: dict[str, dict[str, object]] = {"without": {}} | {
        f"every {interval:g} s": {"SLOW_SECONDS": SLOW, "INTERVAL": interval}
        for interval in INTERVALS
    }
    series = interleave({name: serve(page, values) for name, values in settings.items()}, rounds)
    plain = series.pop("without")
    rows, lines = [], [["ms a request", "without", *series]]
    lines.append(
        ["", figure(plain).shown(3, 1e3), *(figure(v).shown(3, 1e3) for v in series.values())]
    )
    for (interval, target), values in zip(INTERVALS.items(), series.values(), strict=True):
        more = figure([ratio - 1 for ratio in ratios(values, plain)])
        rows.append(
            Row(
                f"watching for slow requests, every {interval:g} s, %",
                more.shown(1, 100),
                f"≤ {target:.0%}",
                more.median <= target,
            )
        )
    return Part("Always on", rows, columns(lines))
