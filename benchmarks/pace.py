# SPDX-License-Identifier: MIT
"""How fast the machine is at the moment.

The cores of virtual machines change their speed, for some milliseconds or seconds and by up to two, as somebody else
takes the other half of a core. What is measured in one state has nothing to do with what is measured in the other.
So a loop whose work never changes is timed before and after each measurement: unless both times are near the
shortest there has been, it is done once more.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import TypeVar

Result = TypeVar("Result")

STEPS = range(6_000)
#: At most this much slower than the shortest.
SLOWER = 1.25
#: How often it is tried, and how many loops it waits each time: on a machine that is always slow this must end.
TRIES, WAITS = 5, 200
#: Loops at first, some tenths of a second together.
FIRST = 2_000


def spin() -> int:
    """ns of a tenth of a millisecond's work, in C: no profiler makes it longer."""
    began = perf_counter_ns()
    sum(STEPS)
    return perf_counter_ns() - began


class Pace:
    """Remembers the machine at its fastest."""

    def __init__(self) -> None:
        self._fastest = min(spin() for _ in range(FIRST))
        self.measured = 0
        self.slow = 0

    def at_full_speed(self, measure: Callable[[], Result]) -> Result:
        """What it measures while the machine is at its fastest; in the end, what it has measured at all."""
        self.measured += 1
        for _ in range(TRIES):
            any(self._is_fast() for _ in range(WAITS))
            result = measure()
            if self._is_fast():
                return result
        self.slow += 1
        return result

    def _is_fast(self) -> bool:
        time = min(spin(), spin())  # one may have been interrupted
        self._fastest = min(self._fastest, time)
        return time <= SLOWER * self._fastest


PACE = Pace()
at_full_speed = PACE.at_full_speed
