# SPDX-License-Identifier: MIT
"""A process beside this one that serves the same page and is never profiled.

Run as a program it is that process: for each line of its input it answers with the CPU seconds of a page.
"""

from __future__ import annotations

import gc
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

    def seconds(self) -> float:
        """CPU seconds of one page over there."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
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
        for _ in sys.stdin:
            print(seconds(page), flush=True)
            gc.collect()


if __name__ == "__main__":
    main()
