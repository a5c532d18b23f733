# SPDX-License-Identifier: MIT
"""A sampled profile holds its own tasks."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future

import libprof
from tests.python.sampled import (
    check_own,
    local,
    outer,
    path_to,
    paths,
    sampler,
    work,
    works,
)

#: Of one piece of work where there are many.
SHORT = 0.008


async def child(own: Callable[[], None]) -> None:
    await asyncio.sleep(0)
    own()


def test_sessions_of_one_loop_hold_their_own_tasks() -> None:
    async def request(number: int) -> libprof.Profile:
        own = work(f"work-{number}", 0.004)
        with sampler() as profiler:
            for _ in range(3):
                own()
                await asyncio.sleep(0)
                await asyncio.gather(child(own), child(own))
                await asyncio.create_task(child(own))
                await asyncio.to_thread(own)
        return profiler.profile

    async def disturb() -> None:
        foreign = work("work-foreign", 0.001)
        while True:
            foreign()
            await asyncio.sleep(0)

    async def main() -> list[libprof.Profile]:
        disturber = asyncio.create_task(disturb())
        profiles = await asyncio.gather(*(request(number) for number in range(5)))
        disturber.cancel()
        return profiles

    profiles = asyncio.run(main())
    check_own(profiles)
    for profile in profiles:
        # 15 turns of 4 ms; each may be late, or have begun before it was this session's, by an interval.
        assert abs(profile.cpu_ns - 60e6) <= 15 * 0.5e6 + 0.1 * 60e6
        shown = {local(path) for path in paths(profile)}
        assert shown >= {(f"work-{profiles.index(profile)}",)}
        assert not {name for path in shown for name in path} & {
            "Handle._run",
            "Task.__step",
            "main",
        }


def test_task_groups() -> None:
    async def request(number: int) -> libprof.Profile:
        own = work(f"work-{number}", SHORT)
        with sampler() as profiler:
            async with asyncio.TaskGroup() as group:
                for _ in range(3):
                    group.create_task(child(own))
        return profiler.profile

    async def main() -> list[libprof.Profile]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(request(number)) for number in range(4)]
        return [task.result() for task in tasks]

    profiles = asyncio.run(main())
    check_own(profiles)
    for number, profile in enumerate(profiles):
        assert path_to(profile, f"work-{number}") == ("child", f"work-{number}")


def test_async_generators_and_await_keep_their_paths() -> None:
    """Before and after an await the path is the same: what awaits the session is no part of it."""

    async def numbers() -> AsyncIterator[int]:
        for number in range(2):
            await asyncio.sleep(0)
            outer(produce)
            yield number

    async def inside() -> None:
        async for _ in numbers():
            await asyncio.sleep(0)
            outer(consume)

    async def session() -> libprof.Profile:
        with sampler() as profiler:
            outer(consume)
            await inside()
            outer(consume)
        return profiler.profile

    async def awaits() -> libprof.Profile:
        return await session()

    produce, consume = work("work-produce"), work("work-consume")
    profile = asyncio.run(awaits())

    shown = {local(path) for path in paths(profile) if path and path[-1].startswith("work-")}
    assert shown == {
        ("outer", "inner", "work-consume"),
        ("inside", "outer", "inner", "work-consume"),
        ("inside", "numbers", "outer", "inner", "work-produce"),
    }


def test_tasks_outlive_their_session() -> None:
    async def late(before: Callable[[], None], wait: asyncio.Event) -> None:
        before()
        await wait.wait()
        outer(work("work-after"))

    async def main() -> tuple[libprof.Profile, libprof.Profile]:
        wait = asyncio.Event()
        with sampler() as first:
            task = asyncio.create_task(late(work("work-before"), wait))
            await asyncio.sleep(0)
        wait.set()
        with sampler() as second:
            await task
            work("work-second")()
        return first.profile, second.profile

    first, second = asyncio.run(main())
    assert works(first) == {"work-before"}
    assert works(second) == {"work-second"}


def test_callbacks_and_futures_of_a_session() -> None:
    async def main() -> libprof.Profile:
        loop = asyncio.get_running_loop()
        future: Future[None] = Future()
        done = asyncio.Event()
        with sampler() as profiler:
            loop.call_soon(outer, work("work-soon"))
            loop.call_later(0, outer, work("work-later"))
            wrapped = asyncio.wrap_future(future)
            wrapped.add_done_callback(lambda _: (outer(work("work-done")), done.set()))
            contextvars.Context().run(loop.call_soon, outer, work("work-foreign"))
            future.set_result(None)
            await done.wait()
            await asyncio.sleep(0)
        return profiler.profile

    profile = asyncio.run(main())
    assert works(profile) - {"work-later"} == {"work-soon", "work-done"}
    assert path_to(profile, "work-soon") == ("outer", "inner", "work-soon")
