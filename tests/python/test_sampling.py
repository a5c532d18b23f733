# SPDX-License-Identifier: MIT
"""A sampled profile holds what its context runs, in whichever thread, and nothing else."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

import libprof
from tests.python.sampled import (
    WORK,
    compute,
    local,
    outer,
    path_to,
    paths,
    sampler,
    work,
    works,
)

# ---- executors and threads -------------------------------------------------------------------------


def test_executors_under_a_copied_context() -> None:
    """The executor's own frames, and what it does for others, are no part of it."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(work("work-before")).result()
        with sampler() as profiler:
            inside = contextvars.copy_context()
            executor.submit(inside.run, outer, work("work-inside")).result()
            executor.submit(outer, work("work-foreign")).result()
        executor.submit(inside.run, outer, work("work-late")).result()

    assert works(profiler.profile) == {"work-inside"}
    assert path_to(profiler.profile, "work-inside") == ("outer", "inner", "work-inside")


def test_to_thread() -> None:
    async def main() -> libprof.Profile:
        await asyncio.to_thread(compute, 0.001)  # the thread is there already
        with sampler() as profiler:
            await asyncio.to_thread(outer, work("work-inside"))
        await asyncio.to_thread(work("work-late"))
        return profiler.profile

    profile = asyncio.run(main())
    assert works(profile) == {"work-inside"}
    assert path_to(profile, "work-inside") == ("outer", "inner", "work-inside")


def test_run_in_executor() -> None:
    async def main() -> libprof.Profile:
        loop = asyncio.get_running_loop()
        with sampler() as profiler:
            context = contextvars.copy_context()
            inside = loop.run_in_executor(None, context.run, outer, work("work-inside"))
            foreign = loop.run_in_executor(None, outer, work("work-foreign"))
            await asyncio.gather(inside, foreign)
        return profiler.profile

    profile = asyncio.run(main())
    assert works(profile) == {"work-inside"}
    assert path_to(profile, "work-inside") == ("outer", "inner", "work-inside")


def test_sync_to_async_and_back() -> None:
    def sync() -> None:
        outer(work("work-sync"))
        async_to_sync(back)()

    async def back() -> None:
        await asyncio.sleep(0)
        outer(work("work-back"))

    async def main() -> libprof.Profile:
        await sync_to_async(compute)(0.001)
        with sampler() as profiler:
            await sync_to_async(sync)()
            work("work-after")()
        return profiler.profile

    profile = asyncio.run(main())
    assert works(profile) == {"work-sync", "work-back", "work-after"}
    path = local(path_to(profile, "work-sync"))
    assert path[-4:] == ("sync", "outer", "inner", "work-sync")
    assert not {"SyncToAsync.thread_handler", "_WorkItem.run", "_worker"} & set(path)
    assert local(path_to(profile, "work-after")) == ("work-after",)


def test_sync_to_async_back_in_the_thread_that_waits() -> None:
    """A loop in a thread of its own has its sync code run by the thread that asked for the loop."""

    async def main() -> libprof.Profile:
        with sampler() as profiler:
            await sync_to_async(outer)(work("work-sync"))
            work("work-after")()
        return profiler.profile

    profile = async_to_sync(main)()
    assert works(profile) == {"work-sync", "work-after"}
    path = path_to(profile, "work-sync")
    assert path[-3:] == ("outer", "inner", "work-sync")
    assert not {"CurrentThreadExecutor.run_until_future", "AsyncToSync.__call__"} & set(path)


def test_threads_under_a_copied_context() -> None:
    with sampler() as profiler:
        target = contextvars.copy_context().run
        threads = [
            threading.Thread(target=target, args=(outer, work("work-inside"))),
            threading.Thread(target=contextvars.Context().run, args=(outer, work("work-foreign"))),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert works(profiler.profile) == {"work-inside"}
    assert path_to(profiler.profile, "work-inside") == ("outer", "inner", "work-inside")


def test_threads_with_sessions_of_their_own() -> None:
    profiles: dict[int, libprof.Profile] = {}
    # Most of the time a thread waits for the GIL, and is woken for samples: the program's clock counts that, samples
    # do not. So few of them a second, and for long enough.
    seconds, interval = 4 * WORK, 0.001
    begin = threading.Barrier(8)

    def request(number: int) -> None:
        begin.wait()
        for _ in range(3):
            with sampler(interval=interval) as profiler:
                outer(work(f"work-{number}", seconds))
        profiles[number] = profiler.profile

    threads = [threading.Thread(target=request, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for number, profile in profiles.items():
        assert works(profile) == {f"work-{number}"}
        assert path_to(profile, f"work-{number}") == ("outer", "inner", f"work-{number}")
        assert 0.7 <= profile.cpu_ns / 1e9 / seconds <= 1.5
    assert len(profiles) == 8


# ---- what was on the stack before ------------------------------------------------------------------


@pytest.mark.parametrize("deep", [0, 30, 300])
def test_frames_from_outside_are_no_part(deep: int) -> None:
    def descend(depth: int, profiles: list[libprof.Profile]) -> None:
        if depth:
            descend(depth - 1, profiles)
            return
        with sampler() as profiler:
            work("work-here")()
            outer(work("work-deep"))
        profiles.append(profiler.profile)

    profiles: list[libprof.Profile] = []
    descend(deep, profiles)
    profile = profiles[0]
    shown = {path for path in paths(profile) if path and path[-1].startswith("work-")}
    assert shown == {("work-here",), ("outer", "inner", "work-deep")}


def test_a_session_that_is_left_by_the_frame_it_began_in() -> None:
    """Started below, stopped above: what it returns to was on the stack and is no part of it."""

    def begin() -> libprof.Profiler:
        profiler = sampler().start()
        work("work-below")()
        return profiler

    def middle() -> libprof.Profiler:
        profiler: Any = begin()
        work("work-middle")()
        return profiler

    profiler = middle()
    outer(work("work-above"))
    profile = profiler.stop()
    shown = {path for path in paths(profile) if path and path[-1].startswith("work-")}
    assert shown == {("work-below",), ("work-middle",), ("outer", "inner", "work-above")}
