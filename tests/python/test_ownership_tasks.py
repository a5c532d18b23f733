# SPDX-License-Identifier: MIT
"""A profile holds its own tasks, and what asgiref carries between threads for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync, sync_to_async

import libprof
from tests.python.helpers import nodes_named, outline, profile_of
from tests.python.marks import lines, mark, marks

# ---- tasks -----------------------------------------------------------------------------------------


def test_sessions_of_one_loop_hold_their_own_tasks() -> None:
    async def work(number: int) -> libprof.Profile:
        own = mark(f"mark-{number}")
        with libprof.Profiler() as profiler:
            for _ in range(20):
                own()
                await asyncio.sleep(0)
                await asyncio.gather(child(own), child(own))
        return profiler.profile

    async def child(own: Callable[[], None]) -> None:
        await asyncio.sleep(0)
        own()

    async def main() -> list[libprof.Profile]:
        disturber = asyncio.create_task(disturb())
        profiles = await asyncio.gather(*(work(number) for number in range(5)))
        disturber.cancel()
        return profiles

    async def disturb() -> None:
        foreign = mark("mark-foreign")
        while True:
            foreign()
            await asyncio.sleep(0)

    for number, profile in enumerate(asyncio.run(main())):
        assert marks(profile) == {f"mark-{number}"}
        assert sum(node.calls for node in nodes_named(profile, f"mark-{number}")) == 60
        assert profile.counters["resynchronised"] == 0


def test_coroutines_that_hold_the_session_do_not_stand_in_it() -> None:
    """Before and after an await, what runs has the same path: the session's own frames are not part."""

    async def inner() -> None:
        mark("mark-before")()
        await asyncio.sleep(0)
        mark("mark-after")()

    async def session() -> libprof.Profile:
        with libprof.Profiler() as profiler:
            await inner()
            await inner()
        return profiler.profile

    async def outer() -> libprof.Profile:
        return await session()

    profile = asyncio.run(outer())

    assert lines(profile, __file__) == [
        "test_coroutines_that_hold_the_session_do_not_stand_in_it.inner 2",
        "  mark-after 2",
        "  mark-before 2",
    ]


def test_tasks_outliving_their_session_are_cut_off() -> None:
    async def late(before: Callable[[], None], after: Callable[[], None]) -> None:
        before()
        await stopped.wait()
        after()

    async def main() -> libprof.Profile:
        global stopped
        stopped = asyncio.Event()
        with libprof.Profiler() as profiler:
            task = asyncio.create_task(late(mark("mark-before"), mark("mark-after")))
            await asyncio.sleep(0)
        stopped.set()
        await task
        return profiler.profile

    assert marks(asyncio.run(main())) == {"mark-before"}


def test_a_session_may_end_in_another_task() -> None:
    async def finish(profiler: libprof.Profiler) -> None:
        mark("mark-child")()
        profiler.stop()

    async def main() -> libprof.Profile:
        profiler = libprof.Profiler().start()
        mark("mark-own")()
        await asyncio.create_task(finish(profiler))
        mark("mark-late")()
        return profiler.profile

    assert marks(asyncio.run(main())) == {"mark-own", "mark-child"}


def test_to_thread_is_inside() -> None:
    async def main() -> libprof.Profile:
        with libprof.Profiler() as profiler:
            await asyncio.to_thread(mark("mark-thread"))
        return profiler.profile

    assert marks(asyncio.run(main())) == {"mark-thread"}


def test_session_around_a_loop() -> None:
    async def child() -> None:
        await asyncio.sleep(0)
        mark("mark-child")()

    async def main() -> None:
        await asyncio.gather(child(), child())

    profile = profile_of(lambda: asyncio.run(main()))

    inside = [outline(node, of_file=__file__) for node in nodes_named(profile, "Handle._run")]
    assert any("  mark-child 2" in shown for shown in inside)
    assert profile.counters["strands"] == 1


@pytest.mark.parametrize("eager", [False, True])
def test_eager_tasks(eager: bool) -> None:
    async def child() -> None:
        mark("mark-first")()
        await asyncio.sleep(0)
        mark("mark-second")()

    async def main() -> libprof.Profile:
        if eager and hasattr(asyncio, "eager_task_factory"):
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        with libprof.Profiler() as profiler:
            await asyncio.gather(child(), child())
        return profiler.profile

    profile = asyncio.run(main())

    assert marks(profile) == {"mark-first", "mark-second"}
    assert profile.counters["resynchronised"] == 0


def test_async_generator_across_tasks() -> None:
    async def items() -> AsyncIterator[int]:
        for n in range(3):
            await asyncio.sleep(0)
            mark("mark-item")()
            yield n

    async def main() -> libprof.Profile:
        with libprof.Profiler() as profiler:
            generator = items()
            await asyncio.create_task(anext_of(generator))
            await anext_of(generator)
            await generator.aclose()
        return profiler.profile

    async def anext_of(generator: AsyncIterator[int]) -> int:
        return await generator.__anext__()

    profile = asyncio.run(main())

    assert sum(node.calls for node in nodes_named(profile, "mark-item")) == 2


# ---- asgiref ---------------------------------------------------------------------------------------


def test_asgiref_sync_to_async() -> None:
    def view() -> None:
        mark("mark-sync")()
        async_to_sync(nested)()

    async def nested() -> None:
        mark("mark-nested")()
        await asyncio.sleep(0)
        mark("mark-nested-late")()

    async def request(number: int) -> libprof.Profile:
        with libprof.Profiler() as profiler:
            mark(f"mark-async-{number}")()
            await sync_to_async(view)()
            await sync_to_async(view, thread_sensitive=False)()
        return profiler.profile

    async def main() -> list[libprof.Profile]:
        return await asyncio.gather(request(0), request(1))

    for number, profile in enumerate(asyncio.run(main())):
        assert marks(profile) == {
            f"mark-async-{number}",
            "mark-sync",
            "mark-nested",
            "mark-nested-late",
        }
        assert sum(node.calls for node in nodes_named(profile, "mark-nested-late")) == 2


def test_asgiref_async_to_sync() -> None:
    async def view() -> None:
        mark("mark-async")()
        await sync_to_async(mark("mark-sync"))()
        mark("mark-async-late")()

    def request(number: int) -> libprof.Profile:
        with libprof.Profiler() as profiler:
            mark(f"mark-{number}")()
            async_to_sync(view)()
        return profiler.profile

    with ThreadPoolExecutor(3) as pool:
        for number, profile in enumerate(pool.map(request, range(3))):
            assert marks(profile) == {
                f"mark-{number}",
                "mark-async",
                "mark-sync",
                "mark-async-late",
            }


def test_session_started_and_stopped_inside_sync_to_async() -> None:
    """asgiref copies the values that a thread set back into the caller's context."""
    profiler = libprof.Profiler()

    async def main() -> None:
        await sync_to_async(profiler.start)()
        mark("mark-inside")()
        await asyncio.sleep(0)
        mark("mark-inside-late")()
        await sync_to_async(profiler.stop)()
        mark("mark-outside")()

    asyncio.run(main())

    assert marks(profiler.profile) == {"mark-inside", "mark-inside-late"}
