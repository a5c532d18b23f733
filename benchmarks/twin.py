# SPDX-License-Identifier: MIT
"""Processes beside this one that serve the same page, alike in everything but what was profiled in them.

Run as a program it is such a process: for each line of its input, a key of BEFORE and a number, it does what
comes before and answers with the mean CPU seconds of so many pages, each the shortest of some tries.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from types import TracebackType

import libprof
from benchmarks.pace import at_full_speed
from benchmarks.profilers import FLOORS
from benchmarks.rounds import BEST_OF, Work, no_collector, seconds
from benchmarks.shop_page import shop
from libprof import _native


class Twin:
    def __enter__(self) -> Twin:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.twin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=os.environ | {"PYTHONHASHSEED": "0"},  # the same tables in all of them
        )
        return self

    def seconds(self, before: str, pages: int) -> float:
        """CPU seconds of a page over there."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{before} {pages}\n")
        return float(process.stdout.readline())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()


# Three pages each: a process that has been idle finds the caches cold.


def nothing(page: Work) -> None:
    for _ in range(3):
        page()


def session(page: Work) -> None:
    page()
    page()
    with libprof.Profiler():
        page()


def session_and_hooks(page: Work) -> None:
    page()
    with libprof.Profiler():
        page()
    _native.unhook()
    page()


def floor(page: Work) -> None:
    """What CPython itself takes for coming back: its code is instrumented anew and specialised again."""
    page()
    with next(iter(FLOORS.values()))():
        page()
        page()


BEFORE: dict[str, Callable[[Work], None]] = {
    "nothing": nothing,
    "session": session,
    "session and hooks": session_and_hooks,
    "floor": floor,
}


def pages_after(before: Callable[[Work], None], pages: int, page: Work) -> list[float]:
    """CPU seconds of the first page, the second, ..."""
    before(page)
    times = [seconds(page) for _ in range(pages)]
    gc.collect()
    return times


def main() -> None:
    with shop() as page, no_collector():
        for line in sys.stdin:
            before, _, pages = line.rpartition(" ")
            once = partial(pages_after, BEFORE[before], int(pages), page)
            tries = [at_full_speed(once) for _ in range(BEST_OF)]
            print(statistics.fmean(map(min, zip(*tries, strict=True))), flush=True)


if __name__ == "__main__":
    main()
