# SPDX-License-Identifier: MIT
"""What samples say: how many of those due are taken, whether wall and CPU time are at the right functions, and
whether shares of time are those of tracing, and of no profiler."""

from __future__ import annotations

import hashlib
import statistics
import sys
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
from libprof import _native

INTERVAL = 0.001
TAKEN = 0.97
SHARE_POINTS, BIAS_POINTS, TIMES = 3.0, 3.0, 0.05
#: With two, a moment in which the machine is slow is half of the median.
SHARE_ROUNDS = 5
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


#: Function -> its share of total time, in points.
Shares = dict[str, float]


def mixed(milliseconds: int) -> Shares:
    """Programs in turns, and which share of the time each had by the thread's clock."""
    times = [0] * len(WORKLOADS)
    end = time.thread_time_ns() + milliseconds * 1_000_000
    while time.thread_time_ns() < end:
        for index, work in enumerate(WORKLOADS):
            began = time.thread_time_ns()
            work()
            times[index] += time.thread_time_ns() - began
    codes = [work.__code__ for work in WORKLOADS]
    return {
        f"{code.co_name} {code.co_filename}:{code.co_firstlineno}": 100 * own / sum(times)
        for code, own in zip(codes, times, strict=True)
    }


def true_shares() -> Shares:
    """Nobody profiles, so these are right; but a clock around each function would be a profiler."""
    _native.unhook()
    return mixed(2000)


def shares(engine: str) -> Shares:
    # 3.11 pays for builtins whether they are wanted or not; who does not want them does not know how many.
    builtins = engine == "trace" and sys.version_info < (3, 12)
    with libprof.Profiler(engine=engine, builtins=builtins) as profiler:
        mixed(2000)
    profile = profiler.profile
    return {
        f"{row.name} {row.file}:{row.line}": 100 * row.total_cpu_ns / profile.cpu_ns
        for row in profile.functions()
        if row.kind == "python"
    }


def medians(rounds: list[Shares]) -> Shares:
    names = {name for found in rounds for name in found}
    return {name: statistics.median(found.get(name, 0.0) for found in rounds) for name in names}


def difference(expected: Shares, found: Shares) -> tuple[float, str]:
    """The largest, and where."""
    return max(
        (abs(share - found.get(name, 0.0)), name) for name, share in expected.items() if share > 2.0
    )


def all_shares(rounds: int) -> dict[str, Shares]:
    """In turns: the machine changes its speed."""
    ways = {
        "clock": true_shares,
        "samples": partial(shares, "sample"),
        "tracing": partial(shares, "trace"),
    }
    measured: dict[str, list[Shares]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            measured[name].append(way())
    return {name: medians(found) for name, found in measured.items()}


def share_rows(found: dict[str, Shares]) -> tuple[list[Row], list[str]]:
    """What the clock knows of each program; what tracing says of each function, programs or not, in which its
    own error is as well; and tracing's error."""
    rows, lines = [], []
    for what, expected, other in (
        ("share of time beside the clock's", "clock", "samples"),
        ("share of time beside tracing's", "tracing", "samples"),
        ("tracing's share of time beside the clock's", "clock", "tracing"),
    ):
        points, name = difference(found[expected], found[other])
        good = points <= SHARE_POINTS
        rows.append(Row(f"{what}, points", f"{points:.1f}", f"≤ {SHARE_POINTS:.0f}", good))
        lines.append(f"{what}, largest difference: {name}")
    return rows, lines


def bias_error(size: int, rounds: int) -> float:
    """Points above the truth; the median of rounds of a second, of which each has 1.6 of chance."""
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
    several = max(SHARE_ROUNDS, few)
    found = all_shares(several)
    compared, where_shares = share_rows(found)
    worst = max(((bias_error(size, several), size) for size in bias.SIZES), key=lambda b: abs(b[0]))
    rows = [
        *taken_rows(few),
        Row(
            f"times of a request, largest error ({where})",
            f"{error:.1%}",
            f"≤ {TIMES:.0%}",
            error <= TIMES,
        ),
        *compared,
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
    table = [["% of time", *found]]
    for name in found["clock"]:
        table.append([name.split()[0], *(f"{shares[name]:.1f}" for shares in found.values())])
    return Part("Samples", rows, [*columns(lines), "", *columns(table), "", *where_shares])
