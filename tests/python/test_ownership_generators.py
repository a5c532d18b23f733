# SPDX-License-Identifier: MIT
"""Sessions that begin, end or go on across the yields of generators."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Iterator

import libprof
from tests.python.helpers import calls_of
from tests.python.marks import lines, mark, marks


def test_session_in_a_generator_holds_its_consumer_too(builtins: bool) -> None:
    """A yield does not leave the context: what the consumer does between two items is inside."""
    profiler = libprof.Profiler(builtins=builtins)

    def items() -> Iterator[int]:
        with profiler:
            for n in range(3):
                mark("mark-item")()
                yield n
        mark("mark-late")()

    mark("mark-early")()
    for _ in items():
        mark("mark-consumer")()
    mark("mark-late")()

    profile = profiler.profile
    assert lines(profile, __file__) == ["mark-consumer 3", "mark-item 3"]


def test_session_that_a_consumer_begins_between_two_items(builtins: bool) -> None:
    def items() -> Iterator[int]:
        while True:
            mark("mark-item")()
            yield 1

    source = items()
    next(source)
    with libprof.Profiler(builtins=builtins) as profiler:
        next(source)
        next(source)
    next(source)

    name = "test_session_that_a_consumer_begins_between_two_items.items"
    assert lines(profiler.profile, __file__) == [f"{name} 0", "  mark-item 2"]


def test_session_ended_by_the_consumer_inside_a_generator(builtins: bool) -> None:
    profiler = libprof.Profiler(builtins=builtins)

    def begin() -> Iterator[None]:
        profiler.start()
        mark("mark-inside")()
        yield
        mark("mark-late")()

    source = begin()
    next(source)
    mark("mark-consumer")()
    profiler.stop()
    next(source, None)

    assert marks(profiler.profile) == {"mark-inside", "mark-consumer"}


def test_session_begun_and_ended_in_two_generators(builtins: bool) -> None:
    profiler = libprof.Profiler(builtins=builtins)

    def begin() -> Iterator[None]:
        mark("mark-early")()
        profiler.start()
        mark("mark-begin")()
        yield
        mark("mark-again")()
        yield

    def end() -> Iterator[None]:
        mark("mark-end")()
        yield
        profiler.stop()
        mark("mark-late")()

    one, two = begin(), end()
    next(one), next(two), next(one), next(two, None)

    assert marks(profiler.profile) == {"mark-begin", "mark-end", "mark-again"}
    assert profiler.profile.counters["resynchronised"] == 0


def test_context_manager_of_a_generator(builtins: bool) -> None:
    @contextlib.contextmanager
    def profiled() -> Iterator[libprof.Profiler]:
        with libprof.Profiler(builtins=builtins) as profiler:
            yield profiler
        mark("mark-late")()

    with contextlib.suppress(KeyError), profiled() as profiler:
        mark("mark-inside")()
        raise KeyError
    mark("mark-late")()

    assert marks(profiler.profile) == {"mark-inside"}


def test_abandoned_generator_ends_its_session() -> None:
    profiler = libprof.Profiler()

    def items() -> Iterator[int]:
        with profiler:
            mark("mark-item")()
            yield 1

    source = items()
    next(source)
    mark("mark-consumer")()
    del source
    mark("mark-late")()

    assert marks(profiler.profile) == {"mark-item", "mark-consumer"}


def test_generators_that_take_turns(builtins: bool) -> None:
    """Each has a context and a session of its own, and is resumed between the items of the others."""
    profilers = [libprof.Profiler(builtins=builtins) for _ in range(3)]

    def items(number: int) -> Iterator[None]:
        own = mark(f"mark-{number}")
        with profilers[number]:
            for _ in range(4):
                own()
                yield

    sources = [(contextvars.copy_context(), items(number)) for number in range(3)]
    for _ in range(5):
        for context, source in sources:
            context.run(next, source, None)
            mark("mark-consumer")()

    for number, profiler in enumerate(profilers):
        assert marks(profiler.profile) == {f"mark-{number}"}
        assert calls_of(profiler.profile, f"mark-{number}") == 4


def test_session_in_an_asynchronous_generator(builtins: bool) -> None:
    profiler = libprof.Profiler(builtins=builtins)

    async def items() -> AsyncIterator[int]:
        with profiler:
            for n in range(2):
                mark("mark-item")()
                await asyncio.sleep(0)
                mark("mark-item-late")()
                yield n

    async def other() -> None:
        while True:
            mark("mark-foreign")()
            await asyncio.sleep(0)

    async def main() -> None:
        foreign = asyncio.create_task(other())
        async for _ in items():
            mark("mark-consumer")()
            await asyncio.sleep(0)
        mark("mark-late")()
        foreign.cancel()

    asyncio.run(main())

    profile = profiler.profile
    assert marks(profile) == {"mark-item", "mark-item-late", "mark-consumer"}
    assert {calls_of(profile, name) for name in marks(profile)} == {2}


def test_cancelled_task_cleans_up_at_its_path(builtins: bool) -> None:
    """What is thrown into the innermost coroutine finds those that wait for it on the stack."""

    async def inner() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            mark("mark-cleanup")()

    async def middle() -> None:
        await inner()

    async def outer() -> None:
        await middle()

    async def main() -> libprof.Profile:
        with libprof.Profiler(builtins=builtins) as profiler:
            task = asyncio.create_task(outer())
            await asyncio.sleep(0)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        return profiler.profile

    name = "test_cancelled_task_cleans_up_at_its_path"
    assert lines(asyncio.run(main()), __file__) == [
        f"{name}.outer 1",
        f"  {name}.middle 1",
        f"    {name}.inner 1",
        "      mark-cleanup 1",
    ]
