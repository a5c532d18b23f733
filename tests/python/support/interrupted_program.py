# SPDX-License-Identifier: MIT
"""Run by test_frames.py with the module `interrupted`: interrupted_program.py THREADS INTERVAL SAMPLES

Threads do what makes and unmakes frames in every way, and are interrupted so often (ns) until each has so many
samples. Prints a list of [samples, lost, frames, wrong].
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import threading
from collections.abc import Iterator

import interrupted


def recursion(depth: int) -> list[int]:
    return recursion(depth - 1) if depth else sorted(-n for n in range(3))


def generators(depth: int) -> Iterator[int]:
    if depth:
        yield from generators(depth - 1)
    yield depth


async def coroutines(depth: int) -> int:
    return await coroutines(depth - 1) if depth else 0


class Finalised:
    def __del__(self) -> None:
        recursion(3)


def exceptions(depth: int) -> None:
    try:
        if depth:
            exceptions(depth - 1)
        else:
            raise KeyError
    finally:
        Finalised()


def new_code(number: int) -> None:
    names: dict[str, object] = {}
    exec(f"def made{number}():\n    return sum(n for n in range(9))\nmade{number}()", names)


def everything(source: random.Random) -> None:
    recursion(source.randrange(60))
    list(generators(source.randrange(20)))
    with contextlib.suppress(StopIteration):
        coroutines(source.randrange(30)).send(None)
    with contextlib.suppress(KeyError):
        exceptions(source.randrange(25))
    sorted(range(5), key=lambda n: len(recursion(n)))
    if source.random() < 0.1:
        new_code(source.randrange(10**9))
    for depth in range(0, 160, 4):  # past the ends of chunks, at any place
        recursion(depth)


def victim(seed: int, interval: int, samples: int, results: list[tuple[int, ...]]) -> None:
    source = random.Random(seed)
    handle = interrupted.interrupt(interval)
    while interrupted.samples(handle) < samples:
        everything(source)
    results.append(interrupted.stop(handle))


def main() -> None:
    threads, interval, samples = map(int, sys.argv[1:])
    sys.setswitchinterval(0.0005)
    results: list[tuple[int, ...]] = []
    victims = [
        threading.Thread(target=victim, args=(seed, interval, samples, results))
        for seed in range(threads)
    ]
    for thread in victims:
        thread.start()
    for thread in victims:
        thread.join()
    print(json.dumps(results))


main()
