# SPDX-License-Identifier: MIT
"""Time in an await stands at the coroutine that awaits, and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import types
from collections.abc import AsyncIterator, Coroutine, Generator
from typing import Any

import libprof
from tests.python.helpers import check_tree, function_named, profile_of, walk

MS = 1_000_000


def awaits(profile: libprof.Profile) -> dict[str, float]:
    """Functions that awaited for more than a moment, in ms."""
    return {
        function.name.rpartition(".")[2]: function.await_ns / MS
        for function in profile.functions()
        if function.await_ns > 5 * MS
    }


async def future_after(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()
    loop.call_later(seconds, lambda: future.done() or future.set_result(None))
    await future


def profile_of_run(coroutine: Coroutine[Any, Any, Any]) -> libprof.Profile:
    async def session() -> libprof.Profile:
        with libprof.Profiler() as profiler:
            await coroutine
        return profiler.profile

    profile = asyncio.run(session())
    check_tree(profile)
    return profile


def test_innermost_coroutine_awaits() -> None:
    async def inner() -> None:
        await future_after(0.03)

    async def middle() -> None:
        await inner()

    profile = profile_of_run(middle())

    assert set(awaits(profile)) == {"future_after"}
    assert 25 <= awaits(profile)["future_after"] <= profile.raw_wall_ns / MS
    assert function_named(profile, "future_after").calls == 1


def test_time_in_an_await_is_no_wall_time_of_the_frame() -> None:
    """On the clock, which runs on while the profiler works for others."""
    profile = profile_of_run(future_after(0.05))

    stats = function_named(profile, "future_after")
    assert stats.await_ns >= 45 * MS
    assert stats.total_wall_ns <= profile.raw_wall_ns - stats.await_ns


def test_sleep_of_asyncio() -> None:
    profile = profile_of_run(asyncio.sleep(0.03))

    assert set(awaits(profile)) == {"sleep"}


def test_gather_adds_up() -> None:
    async def one() -> None:
        await future_after(0.03)

    async def main() -> None:
        await asyncio.gather(one(), one(), one())

    profile = profile_of_run(main())

    # Three awaits side by side, and main's own for them.
    assert set(awaits(profile)) == {"future_after", "main"}
    assert awaits(profile)["future_after"] >= 3 * 25
    assert awaits(profile)["main"] <= profile.raw_wall_ns / MS


def test_task_group() -> None:
    async def one() -> None:
        await future_after(0.02)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(one())
            group.create_task(one())

    profile = profile_of_run(main())

    assert {name.strip("_") for name in awaits(profile)} == {"future_after", "aexit"}


def test_async_generator_awaits_but_does_not_when_it_delivers() -> None:
    async def items() -> AsyncIterator[int]:
        for n in range(2):
            await future_after(0.015)
            yield n

    async def main() -> None:
        async for _ in items():
            await future_after(0.015)

    profile = profile_of_run(main())

    assert set(awaits(profile)) == {"future_after"}
    assert awaits(profile)["future_after"] >= 4 * 12
    assert function_named(profile, f"{items.__qualname__}").await_ns == 0


def test_async_context_manager() -> None:
    class Managed:
        async def __aenter__(self) -> None:
            await future_after(0.015)

        async def __aexit__(self, *error: object) -> None:
            await asyncio.sleep(0.015)

    async def main() -> None:
        async with Managed():
            pass

    assert set(awaits(profile_of_run(main()))) == {"future_after", "sleep"}


def test_cancelled_while_it_awaits() -> None:
    async def main() -> None:
        task = asyncio.create_task(future_after(60))
        await asyncio.sleep(0.02)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    profile = profile_of_run(main())

    assert set(awaits(profile)) == {"future_after", "sleep"}
    assert 15 <= awaits(profile)["future_after"] <= profile.raw_wall_ns / MS


def test_timeout() -> None:
    async def main() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                await future_after(60)

    assert set(awaits(profile_of_run(main()))) == {"future_after"}


def test_awaitable_written_in_python() -> None:
    """Its generator is an ordinary one: the coroutine that awaits it counts."""

    class Awaitable:
        def __await__(self) -> Generator[Any, None, None]:
            yield from asyncio.sleep(0.02).__await__()

    class Bare:
        def __await__(self) -> Generator[Any, None, None]:
            yield

    async def main() -> None:
        await Awaitable()
        await Bare()

    profile = profile_of_run(main())

    assert set(awaits(profile)) == {"sleep"}
    assert function_named(profile, main.__qualname__).await_ns > 0


def test_await_that_is_not_over_counts_until_the_session_ends() -> None:
    async def main() -> None:
        task = asyncio.create_task(future_after(0.05))
        await asyncio.sleep(0)
        profiles.append(profiler.stop())
        await task

    profiles: list[libprof.Profile] = []
    profiler = libprof.Profiler()
    profiler.start()
    asyncio.run(main())

    awaited = function_named(profiles[0], "future_after").await_ns
    assert 0 < awaited < profiles[0].raw_wall_ns


@types.coroutine
def pause() -> Generator[None, None, None]:
    yield


def test_dropped_coroutine_leaves_no_await_to_the_next_one() -> None:
    """The next one may have the same address, and must not end the first one's await."""

    @types.coroutine
    def dropped(of_the_same_size: int = 0) -> Generator[None, None, None]:
        yield

    @types.coroutine
    def outer() -> Generator[None, None, None]:
        yield from pause()

    def drive() -> None:
        import time

        for _ in range(20):
            first = dropped()
            first.send(None)
            del first  # without any event, since 3.13
            second = outer()
            time.sleep(0.005)
            second.send(None)
            with contextlib.suppress(StopIteration):
                second.send(None)

    profile = profile_of(drive)

    assert sum(node.await_ns for node in walk(profile.root)) < 50 * MS


def test_coroutine_driven_by_a_coroutine_that_awaits_itself() -> None:
    async def driven() -> None:
        await pause()

    async def driver() -> None:
        coroutine = driven()
        coroutine.send(None)
        await asyncio.sleep(0.02)
        with contextlib.suppress(StopIteration):
            coroutine.send(None)

    profile = profile_of_run(driver())

    found = awaits(profile)
    assert set(found) == {"pause", "sleep"}


def test_driver_that_awaits_a_future_after_driving() -> None:
    async def driven() -> None:
        await pause()

    async def driver() -> None:
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.02, future.set_result, None)
        coroutine = driven()
        coroutine.send(None)
        await future
        coroutine.close()

    profile = profile_of_run(driver())

    assert "driver" in awaits(profile)


def test_await_in_a_thread_of_another_loop() -> None:
    async def main() -> None:
        await asyncio.to_thread(asyncio.run, future_after(0.02))

    profile = profile_of_run(main())

    assert awaits(profile)["future_after"] >= 15
