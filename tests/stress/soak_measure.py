# SPDX-License-Identifier: MIT
"""What a process uses, sampled over time, and whether that grows."""

from __future__ import annotations

import itertools
import os
import statistics
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """One look at one process."""

    seconds: float
    rss: float  # MiB
    fds: float
    threads: float


def look(pid: int, seconds: float) -> Usage:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    return Usage(
        seconds=seconds,
        rss=int(status["VmRSS"].split()[0]) / 1024,
        fds=float(len(os.listdir(f"/proc/{pid}/fd"))),
        threads=float(status["Threads"]),
    )


def slope(points: list[tuple[float, float]]) -> float:
    """Theil and Sen's: the median of the slopes of all pairs; a third of the points may be wild."""
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for earlier, later in itertools.combinations(points, 2)
        if later[0] > earlier[0]
    ]
    return statistics.median(slopes) if slopes else 0.0


def thin(points: list[tuple[float, float]], limit: int = 400) -> list[tuple[float, float]]:
    """Evenly chosen points: their pairs are many."""
    step = max(1, len(points) // limit)
    return points[::step]


@dataclass(frozen=True)
class Trend:
    """One quantity of one process after the warm-up."""

    median: float
    growth: float  # over the time looked at, along the slope
    allowed: float

    @property
    def grows(self) -> bool:
        return self.growth > self.allowed


def trend(points: list[tuple[float, float]], *, share: float, least: float) -> Trend:
    """Growth may be `share` of the median, or `least` where that is more."""
    span = points[-1][0] - points[0][0]
    median = statistics.median(value for _, value in points)
    return Trend(median, slope(thin(points)) * span, max(share * median, least))
