# SPDX-License-Identifier: MIT
"""Histograms of durations with logarithmic buckets.

A histogram is a plain list of counts, so that it can be stored as JSON and two of them can be
added bucket by bucket. Bucket 0 holds everything below `FLOOR_NS`; every following octave is
cut into `PER_OCTAVE` buckets, so a percentile is off by less than 10 %; the last bucket is
open.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FLOOR_NS = 1024
PER_OCTAVE = 4
OCTAVES = 32  # up to 2**42 ns: more than an hour
BUCKETS = 1 + PER_OCTAVE * OCTAVES + 1


def empty() -> list[int]:
    return [0] * BUCKETS


def bucket(duration_ns: int) -> int:
    """Index of the bucket that holds this duration."""
    if duration_ns < FLOOR_NS:
        return 0
    index = 1 + math.floor(PER_OCTAVE * math.log2(duration_ns / FLOOR_NS))
    return min(index, BUCKETS - 1)


def lower_bound(index: int) -> float:
    """Smallest duration in ns that falls into the bucket."""
    if index <= 0:
        return 0.0
    return FLOOR_NS * 2.0 ** ((index - 1) / PER_OCTAVE)


def add(histogram: list[int], duration_ns: int) -> list[int]:
    """A new histogram with one more duration."""
    result = _full_length(histogram)
    result[bucket(duration_ns)] += 1
    return result


def merge(histograms: Iterable[Sequence[int]]) -> list[int]:
    result = empty()
    for histogram in histograms:
        for index, count in enumerate(_full_length(histogram)):
            result[index] += count
    return result


def percentile(histogram: Sequence[int], q: float, *, largest: float = math.inf) -> float | None:
    """Duration in ns below which the share `q` (0 to 1) lies; None for an empty histogram.

    `largest` is the largest duration in it, where that is known: no percentile lies above.
    """
    if not 0.0 <= q <= 1.0:
        raise ValueError(f"q must lie between 0 and 1, not {q!r}")
    total = sum(histogram)
    if total == 0:
        return None
    rank = max(1, math.ceil(q * total))
    seen = 0
    for index, count in enumerate(histogram):
        seen += count
        if seen >= rank:
            return min(_middle(index), largest)
    raise ValueError("a histogram has no negative counts")


def _middle(index: int) -> float:
    if index == 0:
        return FLOOR_NS / 2
    low = lower_bound(index)
    if index >= BUCKETS - 1:
        return low
    return math.sqrt(low * lower_bound(index + 1))


def _full_length(histogram: Sequence[int]) -> list[int]:
    # A stored row may come from a version with fewer or more buckets.
    result = [int(count) for count in histogram[:BUCKETS]]
    result.extend([0] * (BUCKETS - len(result)))
    result[-1] += sum(int(count) for count in histogram[BUCKETS:])
    return result
