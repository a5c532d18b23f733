# SPDX-License-Identifier: MIT
"""What tracing adds to a program: its CPU time with a profiler minus its time without, as ratios over what
the peers add, and over what a hook in C adds that only counts (the floor of CPython), or counts and reads a
clock (the floor of all who measure time)."""

from __future__ import annotations

import statistics
import sys
from typing import NamedTuple

from benchmarks.profilers import FLOORS, PEERS, TIMED_FLOORS, Profiler, nothing, tracing
from benchmarks.report import Part, Row, columns
from benchmarks.rounds import Figure, Series, Work, differences, figure, interleave, ratios, within
from benchmarks.workloads import WORKLOADS

TRACERS: dict[str, Profiler] = (
    {"plain": nothing, "libprof": tracing} | FLOORS | TIMED_FLOORS | PEERS
)
OTHERS = tuple(name for name in TRACERS if name not in ("plain", "libprof"))

#: What the targets are about; the loop of calls is shown beside it.
TARGETED = ("django_page", "syntax_tree", "json_encoder", "tokenizer", "recursion")

CPROFILE_MEAN = 0.45 if sys.version_info >= (3, 12) else 0.65
CPROFILE_LARGEST = 0.7 if sys.version_info >= (3, 12) else None
YAPPI_CPU_MEAN = 0.05
FLOOR = 1.5


class Measured(NamedTuple):
    """One workload: its events, its seconds without a profiler, and what each profiler adds to them.

    Where the machine is slow most of the time medians say little. The shortest of all rounds still come again.
    """

    name: str
    events: int
    plain: Figure
    added: Series
    shortest_added: dict[str, float]

    def ratio(self, other: str) -> Figure:
        """libprof's overhead over another's."""
        return figure(ratios(self.added["libprof"], self.added[other]))

    def shortest_ratio(self, other: str) -> float:
        return self.shortest_added["libprof"] / self.shortest_added[other]


def measure_workload(work: Work, rounds: int) -> Measured:
    series = interleave({name: within(p, work) for name, p in TRACERS.items()}, rounds)
    plain = series.pop("plain")
    added = {name: differences(values, plain) for name, values in series.items()}
    shortest = {name: min(values) - min(plain) for name, values in series.items()}
    return Measured(work.__name__, count_events(work), figure(plain), added, shortest)


def count_events(work: Work) -> int:
    """As the floor sees them, which asks for the same as libprof."""
    with next(iter(FLOORS.values()))() as counter:
        work()
        before = counter.events  # type: ignore[attr-defined]
        work()
        return int(counter.events - before)  # type: ignore[attr-defined]


def mean_ratio(measured: list[Measured], other: str) -> float:
    """Geometric mean over the targeted workloads."""
    return statistics.geometric_mean(m.ratio(other).median for m in measured if m.name in TARGETED)


def shortest_mean(measured: list[Measured], other: str) -> float:
    return statistics.geometric_mean(
        m.shortest_ratio(other) for m in measured if m.name in TARGETED
    )


def largest_ratio(measured: list[Measured], other: str) -> tuple[float, str]:
    return max((m.ratio(other).median, m.name) for m in measured if m.name in TARGETED)


def mean_row(measured: list[Measured], other: str, target: float | None) -> Row:
    mean = mean_ratio(measured, other)
    return row(f"overhead over {other}, geometric mean", mean, target)


def largest_row(measured: list[Measured], other: str, target: float | None) -> Row:
    largest, name = largest_ratio(measured, other)
    return row(f"overhead over {other}, largest ({name})", largest, target)


def row(measure: str, ratio: float, target: float | None) -> Row:
    if target is None:
        return Row(measure, f"{ratio:.3f}")
    return Row(measure, f"{ratio:.3f}", f"≤ {target}", ratio <= target)


def rows(measured: list[Measured]) -> list[Row]:
    return [
        mean_row(measured, "cProfile", CPROFILE_MEAN),
        largest_row(measured, "cProfile", CPROFILE_LARGEST),
        mean_row(measured, "yappi CPU", YAPPI_CPU_MEAN),
        *(mean_row(measured, floor, FLOOR) for floor in FLOORS),
        *(largest_row(measured, floor, FLOOR) for floor in FLOORS),
        *(mean_row(measured, floor, None) for floor in TIMED_FLOORS),
        mean_row(measured, "yappi wall", None),
        mean_row(measured, "pyinstrument", None),
    ]


def added_table(measured: list[Measured]) -> list[str]:
    names = [name for name in TRACERS if name != "plain"]
    lines = [["added ms", "events", "plain ms", *names]]
    for m in measured:
        added = [f"{figure(m.added[name]).median * 1e3:.2f}" for name in names]
        lines.append([m.name, str(m.events), f"{m.plain.median * 1e3:.2f}", *added])
    return columns(lines)


def per_event_table(measured: list[Measured]) -> list[str]:
    names = ["libprof", *FLOORS, *TIMED_FLOORS]
    lines = [["ns per event", *names]]
    for m in measured:
        lines.append([m.name, *(figure(m.added[n]).shown(1, 1e9 / m.events) for n in names)])
    return columns(lines)


def ratio_table(measured: list[Measured]) -> list[str]:
    lines = [["libprof over", *OTHERS]]
    for m in measured:
        lines.append([m.name, *(m.ratio(other).shown(3) for other in OTHERS)])
    return columns(lines)


def shortest_table(measured: list[Measured]) -> list[str]:
    lines = [["the same, by the shortest of all rounds", *OTHERS]]
    for m in measured:
        lines.append([m.name, *(f"{m.shortest_ratio(other):.3f}" for other in OTHERS)])
    lines.append(["geometric mean", *(f"{shortest_mean(measured, other):.3f}" for other in OTHERS)])
    return columns(lines)


def run(rounds: int, page: Work) -> Part:
    measured = [measure_workload(work, rounds) for work in (page, *WORKLOADS)]
    details = [
        *added_table(measured),
        "",
        *per_event_table(measured),
        "",
        *ratio_table(measured),
        "",
        *shortest_table(measured),
    ]
    return Part("Overhead", rows(measured), details)
