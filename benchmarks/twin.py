# SPDX-License-Identifier: MIT
"""A process beside this one that serves the same page and is never profiled.

Run as a program it is that process: for each line of its input, which is a number, it answers with the mean CPU
seconds of so many pages.
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
from types import TracebackType

from benchmarks.rounds import no_collector, seconds
from benchmarks.shop_page import shop


class Twin:
    def __enter__(self) -> Twin:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.twin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        return self

    def seconds(self, pages: int) -> float:
        """CPU seconds of a page over there."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{pages}\n")
        return float(process.stdout.readline())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()


def main() -> None:
    with shop() as page, no_collector():
        for line in sys.stdin:
            page()  # this process has been idle
            print(statistics.fmean(seconds(page) for _ in range(int(line))), flush=True)
            gc.collect()


if __name__ == "__main__":
    main()
