# SPDX-License-Identifier: MIT
"""Run by test_allocation.py under failing_heap.c: failing_heap_program.py KIND warm|cold COUNT FIRST STEP

A small program is traced again and again, each time with another allocation of that kind failing, at
COUNT places of the session's start and at COUNT places after it; of these, at the one with the index FIRST
and each STEP-th from there. "Warm" sessions follow each other in one process, which must end as it began; a
"cold" one is the first of its process. Prints what was found as JSON.
"""

from __future__ import annotations

import asyncio
import ctypes
import difflib
import gc
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import libprof
from libprof import _native
from tests.python.helpers import check_tree, outline

KINDS = {"own": 1, "inside": 2}
NONE_FAILS = 2**63
#: Of the places in the program and at the end, where a run may have a few less than the one before.
MARGIN = 2

heap = ctypes.CDLL(None)
heap.heap_disarm.restype = ctypes.c_uint64
heap.heap_live_blocks.restype = ctypes.c_uint64
heap.heap_seen.restype = ctypes.c_uint64
heap.heap_arm.argtypes = [ctypes.c_int, ctypes.c_uint64]


def numbers(count: int) -> Iterator[int]:
    yield from range(count)


def recurse(depth: int) -> int:
    return 0 if depth == 0 else 1 + recurse(depth - 1)


def fail(text: str) -> None:
    try:
        int(text)
    except ValueError as error:
        raise KeyError(text) from error


async def add(first: int, second: int) -> int:
    await asyncio.sleep(0)
    return first + second


async def gather(count: int) -> list[int]:
    return await asyncio.gather(*(add(number, number) for number in range(count)))


def new_functions(count: int) -> list[Callable[[], str]]:
    """Each has code of its own, so that the session's tables have to grow."""
    return [eval(f"lambda: 'function {number}'") for number in range(count)]


#: Enough to fill the tables that a session begins with, or nothing of the kind.
SIZES = {"own": 150, "inside": 3}
size = SIZES[sys.argv[1]]
functions = new_functions(size)
#: Making a span takes memory as making any object does; entering and leaving one must not.
PART = libprof.span("part", kind="span", size=3)


def program() -> list[Any]:
    """Its result must not depend on what the profiler has to do without."""
    result: list[Any] = [sum(numbers(5)), recurse(12), sorted([3, 1, 2], key=lambda item: -item)]
    try:
        fail("x")
    except KeyError as error:
        result.append([error.args, type(error.__cause__).__name__])
    with PART:
        result.append("".join(map(str, range(4))))
    result.append(asyncio.run(gather(size)))
    result.append([function() for function in functions])
    gc.collect()
    return result


CODE = [program.__code__, numbers.__code__, recurse.__code__, fail.__code__, add.__code__]


def shape(profile: libprof.Profile) -> list[str]:
    check_tree(profile)
    return outline(profile.root)


def unlike(one: list[str] | str, other: list[str]) -> list[str]:
    """The first lines in which two profiles differ."""
    lines = [one] if isinstance(one, str) else one
    return [line for line in difflib.ndiff(lines, other) if line[0] in "+-"][:6]


class Sweep:
    """One kind of allocation, failing at each place in turn."""

    def __init__(self, kind: str, chosen: slice) -> None:
        self.kind = KINDS[kind]
        self.chosen = chosen
        self.expected = program()
        self.reference: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.places = 0  # where one failed

    def warm(self, count: int) -> None:
        """In this process, which must hold nothing more after each session."""
        self.learn()
        _native.unhook()
        at_start, in_all = self.count()
        before = self.held()
        for number in places(at_start, in_all, count)[self.chosen]:
            _native.unhook()
            self.places += self.attempt(number)
            if (after := self.held()) != before:
                self.wrong.append(f"allocation {number}: held {before}, then {after}")
            before = after

    def cold(self, count: int) -> None:
        """Each in a process of its own."""
        at_start, in_all = self.in_child("counting", self.count) or (0, 0)
        for number in places(at_start, in_all, count)[self.chosen]:

            def attempt(number: int = number) -> list[Any]:
                self.outcomes, self.wrong = Counter(), []
                return [self.attempt(number), self.outcomes, self.wrong]

            if answer := self.in_child(f"allocation {number}", attempt):
                found, outcomes, wrong = answer
                self.places += found
                self.outcomes.update(outcomes)
                self.wrong += wrong

    def in_child(self, what: str, function: Callable[[], Any]) -> Any:
        """What the function gives in a forked process, None if that does not survive."""
        reader, writer = os.pipe()
        if (child := os.fork()) == 0:
            with open(writer, "w", encoding="utf-8") as answer:
                json.dump(function(), answer)
            os._exit(0)
        os.close(writer)
        with open(reader, encoding="utf-8") as answers:
            answer = answers.read()
        _, status = os.waitpid(child, 0)
        if status != 0:
            self.wrong.append(f"{what}: exit status {status}")
            return None
        return json.loads(answer)

    def count(self) -> tuple[int, int]:
        """How many allocations there are until the session has started, and in all."""
        heap.heap_arm(self.kind, NONE_FAILS)
        profiler = libprof.Profiler().start()
        at_start = heap.heap_seen()
        program()
        profiler.stop()
        return at_start, heap.heap_disarm()

    def learn(self) -> None:
        reference = self.traced(0)
        assert isinstance(reference, list), reference
        self.reference = reference

    def attempt(self, number: int) -> bool:
        """One session with one failure, and one after it. False if nothing was to fail."""
        result = self.traced(number)
        found = self.seen >= number
        again = self.traced(0)
        if not self.reference:
            self.learn()
        if isinstance(result, str):
            self.outcomes[result] += 1
        elif result == self.reference:
            self.outcomes["profile"] += 1
        else:
            changed = unlike(result, self.reference)
            self.wrong.append(f"allocation {number}: another profile: {changed}")
        if again != self.reference:
            changed = unlike(again, self.reference)
            self.wrong.append(f"allocation {number}: the session after it gave {changed}")
        return found

    def traced(self, number: int) -> list[str] | str:
        """The profile's shape, or at what the session failed."""
        heap.heap_arm(self.kind, number)
        try:
            profiler = libprof.Profiler().start()
        except (MemoryError, RuntimeError) as error:
            self.check_program(number)
            self.seen = heap.heap_disarm()
            return f"{type(error).__name__} at start"
        self.check_program(number)
        try:
            profile = profiler.stop()
        except (MemoryError, RuntimeError) as error:
            self.seen = heap.heap_disarm()
            return f"{type(error).__name__} at stop"
        self.seen = heap.heap_disarm()
        return shape(profile)

    def check_program(self, number: int) -> None:
        try:
            result = program()
        except BaseException as error:
            self.wrong.append(f"allocation {number}: the program got {error!r}")
            return
        if result != self.expected:
            self.wrong.append(f"allocation {number}: the program gave {result}")

    def held(self) -> list[Any]:
        _native.unhook()  # they go by themselves, but later
        gc.collect()
        kinds = (_native.Session, _native.Profile)
        objects = gc.get_objects()
        return [
            _native.status()[1],
            len(gc.callbacks),
            heap.heap_live_blocks(),
            [sys.getrefcount(code) for code in CODE],
            [sys.getrefcount(kind) for kind in kinds],
            sum(type(item).__name__ in ("Membership", "Hook", "Session") for item in objects),
        ]


def places(at_start: int, in_all: int, count: int) -> list[int]:
    """Evenly chosen, half of them after the start, which may have a hundred times as many."""
    parts = ((1, at_start), (at_start + 1, in_all - MARGIN))
    return [
        place
        for first, last in parts
        for place in range(first, last + 1, max(1, (last - first) // count))
    ]


def main(kind: str, temperature: str, count: str, first: str, step: str) -> None:
    assert heap.heap_watch(), "the extension is not among the libraries"
    gc.disable()  # only where the program says, so that all profiles are alike
    sweep = Sweep(kind, slice(int(first), None, int(step)))
    getattr(sweep, temperature)(int(count))
    json.dump(
        {"places": sweep.places, "outcomes": sweep.outcomes, "wrong": sweep.wrong[:40]}, sys.stdout
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
