# SPDX-License-Identifier: MIT
"""What a part of the benchmarks hands back, and how it is shown."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import NamedTuple

from benchmarks.pace import PACE

PEERS = ("Django", "yappi", "pyinstrument")


class Row(NamedTuple):
    """One line of the table of targets. `holds` is None where there is nothing to hold."""

    measure: str
    measured: str
    target: str = ""
    holds: bool | None = None


class Part(NamedTuple):
    """Rows for the table of targets, and what stands behind them."""

    title: str
    rows: list[Row]
    details: list[str]


def columns(lines: Sequence[Sequence[str]]) -> list[str]:
    """Lines of cells, each column as wide as its widest cell; the first to the left, others right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def verdict(holds: bool | None) -> str:
    return {True: "holds", False: "MISSES", None: ""}[holds]


def targets(parts: Iterable[Part]) -> list[str]:
    rows = [row for part in parts for row in part.rows]
    head = ["measure", "measured", "target", ""]
    return columns([head, *([r.measure, r.measured, r.target, verdict(r.holds)] for r in rows)])


def processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = (line.partition(":")[2] for line in lines if line.startswith("model name"))
            return next(names, platform.machine()).strip()
    except OSError:
        return platform.machine()


def heading(rounds: int) -> list[str]:
    peers = ", ".join(f"{name} {version(name)}" for name in PEERS)
    return [
        f"CPython {platform.python_version()}, {platform.machine()}, {processor()}, {os.cpu_count()} cores",
        f"{peers}; medians of {rounds} interleaved rounds, ± half the distance between quartiles",
        f"the machine was not at full speed in {PACE.slow} of {PACE.measured} measurements",
    ]


def text(parts: Sequence[Part], rounds: int) -> str:
    lines = [*heading(rounds), "", *targets(parts)]
    for part in parts:
        lines += ["", part.title, *(f"  {line}".rstrip() for line in part.details)]
    return "\n".join(lines) + "\n"
