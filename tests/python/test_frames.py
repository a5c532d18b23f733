# SPDX-License-Identifier: MIT
"""The interpreter's frames, read as a signal handler has to, are those that the interpreter itself shows."""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
import subprocess
import sys
import sysconfig
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import CodeType, ModuleType

import greenlet
import pytest

from tests.python.helpers import build_library, load_library

SUPPORT = Path(__file__).parent / "support"
SOURCES = Path(__file__).parents[2] / "libprof" / "cpython"
SECONDS = 300

#: Samples that may be lost under a load made for it.
LOST = 0.015

Stack = list[tuple[CodeType, int | None]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the module `interrupted`, built with the compiler that built the extension."""
    folder = tmp_path_factory.mktemp("interrupted")
    build_library(
        folder / "interrupted.so",
        *("-O2", f"-I{SOURCES}", "-isystem", sysconfig.get_path("include")),
        *(str(SOURCES / f"{name}.c") for name in ("frames", "process", "compat")),
        str(SUPPORT / "interrupted.c"),
    )
    return folder


@pytest.fixture(scope="session")
def interrupted(folder: Path) -> ModuleType:
    return load_library(folder / "interrupted.so")


@pytest.fixture
def check(interrupted: ModuleType) -> Callable[[], int]:
    """Compares both stacks where it is called, and says how many frames there are."""

    def compare() -> int:
        read = interrupted.read(1024)
        assert read is not None
        cut, frames = read
        ours = [(code, line_of(code, offset)) for code, offset in frames]
        theirs = shown(sys._getframe())
        assert not cut
        assert ours[0][0] is theirs[0][0]  # it has gone on by some lines
        assert ours[1:] == theirs[1:]
        return len(ours)

    return compare


def line_of(code: CodeType, offset: int) -> int | None:
    return next(line for begin, end, line in code.co_lines() if begin <= offset < end)


def shown(frame: object) -> Stack:
    stack: Stack = []
    while frame is not None:
        stack.append((frame.f_code, frame.f_lineno))  # type: ignore[attr-defined]
        frame = frame.f_back  # type: ignore[attr-defined]
    return stack


def deeper(depth: int, check: Callable[[], int]) -> int:
    return deeper(depth - 1, check) if depth else check()


def generator(depth: int, check: Callable[[], int]) -> Iterator[int]:
    if depth:
        yield from generator(depth - 1, check)
    else:
        yield check()


async def coroutine(depth: int, check: Callable[[], int]) -> int:
    return await coroutine(depth - 1, check) if depth else check()


def test_functions(check: Callable[[], int]) -> None:
    assert deeper(5, check) == check() + 6


@pytest.mark.parametrize("depth", [10, 100, 400])
def test_frames_in_many_chunks(check: Callable[[], int], depth: int) -> None:
    for more in range(20):  # the end of a chunk is met in each of these
        assert deeper(depth + more, check) > depth + more


def test_generators(check: Callable[[], int]) -> None:
    assert next(generator(5, check)) == check() + 6


def test_coroutines(check: Callable[[], int]) -> None:
    async def main() -> int:
        return await asyncio.create_task(coroutine(5, check))

    assert asyncio.run(main()) > 6


def test_asynchronous_generators(check: Callable[[], int]) -> None:
    async def items() -> AsyncIterator[int]:
        yield await coroutine(2, check)

    async def main() -> list[int]:
        return [item async for item in items()]

    assert asyncio.run(main())[0] > 4


def test_code_is_remembered_until_any_has_died(interrupted: ModuleType, quiet: None) -> None:
    names = [f"function_{number}" for number in range(16)]  # some share a place, with their caller
    space: dict[str, Callable[[], set[int]]] = {"remembered": interrupted.remembered}
    exec("\n".join(f"def {name}(): return remembered()" for name in names), space)
    addresses = {id(space[name].__code__) for name in names}

    remembered = [space[name]() for name in names][-1]
    assert len(remembered & addresses) > 1
    del space[names[0]]
    last = space[names[-1]]
    assert last() & addresses <= {id(last.__code__)}


def test_through_builtins(check: Callable[[], int]) -> None:
    counts: list[int] = []
    sorted([1], key=lambda _: counts.append(deeper(2, check)) or 0)
    list(map(lambda _: counts.append(check()), [1]))
    contextvars.copy_context().run(lambda: counts.append(check()))
    exec("counts.append(check())", {"counts": counts, "check": check})
    assert len(counts) == 4


def test_where_no_call_is_written(check: Callable[[], int]) -> None:
    counts: list[int] = []

    class Operand:
        counts.append(check())

        def __add__(self, other: object) -> int:
            return check()

        def __del__(self) -> None:
            counts.append(check())

        @property
        def value(self) -> int:
            return check()

    operand = Operand()
    counts += [operand + 1, operand.value]
    counts += [check() for _ in range(2)]
    del operand
    assert len(counts) == 6


def test_a_generator_that_is_thrown_into(check: Callable[[], int]) -> None:
    counts: list[int] = []

    def waits() -> Iterator[None]:
        try:
            yield
        finally:
            counts.append(deeper(2, check))

    waiting = waits()
    next(waiting)
    waiting.close()
    assert len(counts) == 1


def test_threads(check: Callable[[], int]) -> None:
    counts: list[int] = []
    thread = threading.Thread(target=lambda: counts.append(deeper(50, check)))
    thread.start()
    thread.join()
    assert counts[0] > 50


def test_greenlets(check: Callable[[], int]) -> None:
    def other(depth: int) -> int:
        deeper(depth, check)
        greenlet.getcurrent().parent.switch()
        return deeper(depth, check)

    others = [greenlet.greenlet(other) for _ in range(3)]
    for one in others:
        one.switch(30)
    assert [deeper(10, lambda one=one: one.switch()) > 30 for one in others] == [True] * 3


def test_more_frames_than_the_limit(interrupted: ModuleType) -> None:
    def read() -> tuple[bool, list[tuple[CodeType, int]]]:
        return interrupted.read(3)

    cut, frames = read()
    assert cut
    assert [code for code, _ in frames[:2]] == [read.__code__, sys._getframe().f_code]


def test_a_thread_that_is_interrupted_anywhere(folder: Path) -> None:
    """Wherever that is: nothing is read that is not there, and hardly a sample is lost."""
    done = subprocess.run(
        [sys.executable, str(SUPPORT / "interrupted_program.py"), "2", "50000", "40000"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env=os.environ | {"PYTHONPATH": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert len(results) == 2
    for samples, lost, frames, wrong in results:
        assert samples >= 40_000
        assert lost <= LOST * samples
        assert frames > 10 * samples
        assert wrong == 0
