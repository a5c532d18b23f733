# SPDX-License-Identifier: MIT
"""Measures the targets and prints one table: `python -m benchmarks [part ...] [--rounds N]`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    accuracy,
    always_on,
    bias,
    idle,
    memory,
    overhead,
    report,
    samples,
    sampling,
    sessions,
)
from benchmarks.report import Part
from benchmarks.rounds import Work
from benchmarks.shop_page import shop

#: Odd, so that a median is a figure that was measured.
ROUNDS = 21

PARTS: dict[str, Callable[[int, Work], Part]] = {
    "overhead": overhead.run,
    "idle": idle.run,
    "sessions": sessions.run,
    "accuracy": accuracy.run,
    "bias": bias.run,
    "memory": memory.run,
    "sampling": sampling.run,
    "samples": samples.run,
    "always-on": always_on.run,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; else all")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help=f"at least 2; {ROUNDS} if not given"
    )
    parser.add_argument("--keep", type=Path, help="file for the text, unless parts are left out")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if options.rounds < 2:
        parser.error("one round has no spread")
    return options


def measure(name: str, rounds: int, page: Work) -> Part:
    began = time.monotonic()
    part = PARTS[name](rounds, page)
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return part


def main() -> None:
    options = arguments()
    with shop() as page:
        parts = [measure(name, options.rounds, page) for name in options.parts or PARTS]
    text = report.text(parts, options.rounds)
    print(text, end="")
    if options.keep is not None and not options.parts:
        options.keep.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
