# SPDX-License-Identifier: MIT
"""What samples say: how many of those due are taken, whether wall and CPU time are at the right functions, and
whether shares of time are those of tracing, and of no profiler."""

from __future__ import annotations

import hashlib
import statistics
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import libprof
from benchmarks import bias
from benchmarks.profilers import sampling
from benchmarks.report import Part, Row, columns
from benchmarks.rounds import Work, figure
from benchmarks.sampling import compute
from benchmarks.workloads import WORKLOADS

INTERVAL = 0.001
TAKEN = 0.97
SHARE_POINTS, BIAS_POINTS, TIMES = 3.0, 3.0, 0.05
#: Seconds of each measurement.
LONG = 1.0
#: ms of each part of the request whose times are known.
PART = 200


def block_in_c() -> None:
    """Without the GIL."""
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1_500_000)


WAYS: dict[str, Callable[[], object]] = {
    "busy": partial(compute, round(LONG * 1e3)),
    "sleeping": partial(time.sleep, LONG),
    "blocked in C": block_in_c,
}


def taken(way: Callable[[], object]) -> float:
    """Samples over those due."""
    with sampling(interval=INTERVAL) as profiler:
        began = time.perf_counter()
        way()
        elapsed = time.perf_counter() - began
    return float(profiler.profile.counters["samples"] * INTERVAL / elapsed)


# ---- times ---------------------------------------------------------------------------------------------


def computes() -> None:
    compute(PART)


def sleeps() -> None:
    time.sleep(PART / 1e3)


def waits(lock: Any) -> None:
    lock.acquire(timeout=PART / 1e3)


def times() -> dict[str, tuple[float, float]]:
    """Name -> wall and CPU ms of functions that take PART ms each."""
    lock = threading.Lock()
    lock.acquire()
    with sampling(interval=INTERVAL) as profiler:
        computes()
        sleeps()
        waits(lock)
    return {
        row.name: (row.total_wall_ns / 1e6, row.total_cpu_ns / 1e6)
        for row in profiler.profile.functions()
        if row.name in ("computes", "sleeps", "waits")
    }


def largest_error(measured: list[dict[str, tuple[float, float]]]) -> tuple[float, str]:
    """As a share of PART, of the medians, and where."""
    found = []
    for name, cpu in (("computes", PART), ("sleeps", 0), ("waits", 0)):
        walls = statistics.median(m[name][0] for m in measured)
        cpus = statistics.median(m[name][1] for m in measured)
        found += [
            (abs(walls - PART) / PART, f"{name}, wall"),
            (abs(cpus - cpu) / PART, f"{name}, CPU"),
        ]
    return max(found)


# ---- shares --------------------------------------------------------------------------------------------


def mixed(milliseconds: int) -> None:
    end = time.thread_time_ns() + milliseconds * 1_000_000
    while time.thread_time_ns() < end:
        for work in WORKLOADS:
            work()


def shares(engine: str) -> dict[str, float]:
    """Function -> its share of total time, in points."""
    with libprof.Profiler(engine=engine, builtins=False) as profiler:
        mixed(2000)
    profile = profiler.profile
    return {
        f"{row.name} {row.file}:{row.line}": 100 * row.total_cpu_ns / profile.cpu_ns
        for row in profile.functions()
    }


def share_error() -> tuple[float, str]:
    traced, sampled = shares("trace"), shares("sample")
    return max(
        (abs(share - sampled.get(name, 0.0)), name) for name, share in traced.items() if share > 2.0
    )


def bias_error(size: int, rounds: int) -> float:
    """Points above the truth; the median of rounds of two seconds."""
    program = bias.make(size)

    def repeat() -> None:
        end = time.thread_time_ns() + 1_000_000_000
        while time.thread_time_ns() < end:
            program.run()

    errors = []
    for _ in range(rounds):
        truth = statistics.median(bias.truth(program) for _ in range(51))
        with sampling() as profiler:
            repeat()
        found = {row.name: row.total_wall_ns for row in profiler.profile.functions()}
        errors.append(bias.share(found["split"], found["inline"]) - truth)
    return statistics.median(errors)


# ---- together ------------------------------------------------------------------------------------------


def taken_rows(rounds: int) -> list[Row]:
    found = {name: figure([taken(way) for _ in range(rounds)]) for name, way in WAYS.items()}
    return [
        Row(f"samples taken over due, {name}", f.shown(3), f"≥ {TAKEN}", f.median >= TAKEN)
        for name, f in found.items()
    ]


def run(rounds: int, page: Work) -> Part:
    few = max(2, rounds // 4)
    measured = [times() for _ in range(few)]
    error, where = largest_error(measured)
    points, name = share_error()
    worst = max(((bias_error(size, few), size) for size in bias.SIZES), key=lambda b: abs(b[0]))
    rows = [
        *taken_rows(few),
        Row(
            f"times of a request, largest error ({where})",
            f"{error:.1%}",
            f"≤ {TIMES:.0%}",
            error <= TIMES,
        ),
        Row(
            "share of time beside tracing's, points",
            f"{points:.1f}",
            f"≤ {SHARE_POINTS:.0f}",
            points <= SHARE_POINTS,
        ),
        Row(
            f"function bias by samples, {worst[1]} statements in a call",
            f"{worst[0]:+.1f}",
            f"≤ {BIAS_POINTS:.0f}",
            abs(worst[0]) <= BIAS_POINTS,
        ),
    ]
    lines = [["median ms", "wall", "CPU"]]
    for part in measured[0]:
        wall, cpu = (statistics.median(m[part][i] for m in measured) for i in (0, 1))
        lines.append([part, f"{wall:.1f}", f"{cpu:.1f}"])
    return Part("Samples", rows, [*columns(lines), "", f"largest difference of shares: {name}"])
