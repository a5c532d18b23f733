# SPDX-License-Identifier: MIT
"""What tracing adds to a program, beside the peers, as ratios over cProfile's overhead.

Each round runs every profiler once on the same work, so a noisy moment hits all of them; the figures are
medians over the rounds. Overhead is the time with the profiler minus the time without.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib
import math
import platform
import statistics
import sys
import time
from typing import TYPE_CHECKING

import libprof
from benchmarks.workloads import WORKLOADS
from libprof import _native

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[[], None]

ROUNDS = 15


def plain(work: Work) -> float:
    _native.unhook()  # idle hooks of the round before are not part of the unprofiled run
    work()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def traced(work: Work) -> float:
    with libprof.Profiler():
        work()  # instrumenting code is paid once in a process, not once in a request
        began = time.perf_counter()
        work()
        return time.perf_counter() - began


def cprofiled(work: Work) -> float:
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        work()
        began = time.perf_counter()
        work()
        return time.perf_counter() - began
    finally:
        profiler.disable()


def yappied(clock: str) -> Callable[[Work], float]:
    yappi = importlib.import_module("yappi")

    def measure(work: Work) -> float:
        yappi.set_clock_type(clock)
        yappi.start(builtins=True)
        try:
            work()
            began = time.perf_counter()
            work()
            return time.perf_counter() - began
        finally:
            yappi.stop()
            yappi.clear_stats()

    return measure


def profilers() -> dict[str, Callable[[Work], float]]:
    found = {"plain": plain, "libprof": traced, "cProfile": cprofiled}
    try:
        found |= {"yappi wall": yappied("wall"), "yappi cpu": yappied("cpu")}
    except ImportError:
        print("yappi is not installed: its columns are left out", file=sys.stderr)
    return found


def measure(work: Work, runs: dict[str, Callable[[Work], float]], rounds: int) -> dict[str, float]:
    """Median seconds per profiler."""
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, run in runs.items():
            times.setdefault(name, []).append(run(work))
    return {name: statistics.median(values) for name, values in times.items()}


def table(rounds: int) -> str:
    lines = [f"Python {platform.python_version()}, {rounds} rounds, medians"]
    ratios: list[float] = []
    runs = profilers()
    for work in WORKLOADS:
        medians = measure(work, runs, rounds)
        base = medians.pop("plain")
        costs = {name: seconds - base for name, seconds in medians.items()}
        ratios.append(costs["libprof"] / costs["cProfile"])
        shown = "  ".join(f"{name} +{cost * 1e3:.1f} ms" for name, cost in costs.items())
        lines.append(
            f"{work.__name__:14} {base * 1e3:7.1f} ms  {shown}  libprof/cProfile {ratios[-1]:.2f}"
        )
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    lines.append(f"libprof/cProfile: geometric mean {mean:.2f}, largest {max(ratios):.2f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    print(table(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
