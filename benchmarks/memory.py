# SPDX-License-Identifier: MIT
"""Memory of a running session in bytes per node, by the growth of the process, and ms to close one."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import thread_time_ns

import libprof
from benchmarks.pace import at_full_speed
from benchmarks.report import Part, Row, columns
from benchmarks.rounds import Figure, Work, figure, interleave

NODE_BYTES = 96
CLOSE_MS = 3.0
MAX_NODES = 1_000_000

#: Depths of the two binary trees below the root; a tree of depth d has 2**(d+1) - 1 nodes.
DEPTHS = ((13, 11), (14, 13), (15, 14), (16, 15))
#: 20 callers of 1,000 functions each: 20,020 nodes, as a large page has.
CALLERS, CALLEES = 20, 1_000


def _left(depth: int) -> None:
    if depth:
        _left(depth - 1)
        _right(depth - 1)


def _right(depth: int) -> None:
    if depth:
        _left(depth - 1)
        _right(depth - 1)


def resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


def bytes_per_node(depths: tuple[int, int]) -> float:
    before = resident_bytes()
    profiler = libprof.Profiler(builtins=False, max_nodes=MAX_NODES).start()
    _left(depths[0])
    _right(depths[1])
    grown = resident_bytes() - before
    return grown / profiler.stop().counters["nodes"]


def make_callers() -> list[Callable[[], None]]:
    """Functions made from text, so that each has code of its own."""
    callees = [f"def callee_{n}(): pass" for n in range(CALLEES)]
    body = "\n".join(f"    callee_{n}()" for n in range(CALLEES))
    callers = [f"def caller_{n}():\n{body}" for n in range(CALLERS)]
    names: dict[str, Callable[[], None]] = {}
    exec("\n".join([*callees, *callers]), names)
    return [names[f"caller_{n}"] for n in range(CALLERS)]


def close_ms(callers: list[Callable[[], None]]) -> float:
    profiler = libprof.Profiler(builtins=False).start()
    for caller in callers:
        caller()
    began = thread_time_ns()
    profiler.stop()
    return (thread_time_ns() - began) / 1e6


def memory_row(figures: dict[int, Figure]) -> Row:
    worst = max(figures.values())
    return Row(
        f"bytes per node, most of {len(figures)} sizes",
        f"{worst.median:.1f}",
        f"≤ {NODE_BYTES}",
        worst.median <= NODE_BYTES,
    )


def close_row(value: Figure) -> Row:
    nodes = CALLERS * (CALLEES + 1)
    measure = f"ms to close a session of {nodes:,} nodes"
    return Row(measure, value.shown(2), f"≤ {CLOSE_MS:.0f}", value.median <= CLOSE_MS)


def run(rounds: int, page: Work) -> Part:
    callers = make_callers()
    measurements: dict[str, Callable[[], float]] = {
        "close": partial(at_full_speed, partial(close_ms, callers))
    }
    for depths in DEPTHS:
        measurements[str(depths)] = partial(bytes_per_node, depths)
    series = interleave(measurements, rounds)
    figures = {
        sum(2 ** (d + 1) - 1 for d in depths): figure(series[str(depths)]) for depths in DEPTHS
    }
    lines = [["nodes", "bytes per node"]]
    lines += [[f"{nodes:,}", value.shown(1)] for nodes, value in figures.items()]
    return Part("Memory", [memory_row(figures), close_row(figure(series["close"]))], columns(lines))
