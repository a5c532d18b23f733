# SPDX-License-Identifier: MIT
"""Times are those of the clocks, and stand at the frames that spent them."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any

import greenlet

import libprof
from tests.python.helpers import check_tree, function_named, nodes_named, profile_of

MS = 1_000_000


def busy(seconds: float) -> int:
    """Spends CPU time, with calls in between; other threads' share does not count. ns that it was in the end.

    Mostly its own time: that of the hooks is not in the profile, but on the clock. The last call may take long, where
    a heap tidies up.
    """
    begin = time.thread_time_ns()
    end = begin + seconds * 1e9
    while time.thread_time_ns() < end:
        sum(range(1000))
    return time.thread_time_ns() - begin


def busy_without_events(seconds: float) -> None:
    """Spends CPU time inside one bytecode loop."""
    end = time.thread_time() + seconds
    clock = time.thread_time
    n = 0
    while clock() < end:
        while n % 20_000:
            n += 1
        n += 1


def measured(target: Callable[[], Any], **options: Any) -> tuple[libprof.Profile, int, int]:
    """The profile with wall and CPU time by the interpreter's own clocks."""
    # The first session of a process finds out what its hooks cost.
    profile_of(lambda: None, **options)
    wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
    profile = profile_of(target, **options)
    return profile, time.perf_counter_ns() - wall, time.thread_time_ns() - cpu


def near(value: int, expected: int, *, share: float = 0.15, ns: int = 4 * MS) -> bool:
    """Machines are noisy: within a share and a bit."""
    return abs(value - expected) <= expected * share + ns


def test_busy_is_cpu() -> None:
    profile, wall, cpu = measured(lambda: busy(0.05))

    stats = function_named(profile, "busy")
    assert near(stats.total_wall_ns, wall)
    assert near(stats.total_cpu_ns, cpu)
    assert stats.total_cpu_ns >= 45 * MS
    assert near(profile.cpu_ns, cpu)
    assert near(profile.wall_ns, wall)


def test_long_gaps_without_events_are_cpu() -> None:
    for builtins in (True, False):
        profile, _, cpu = measured(lambda: busy_without_events(0.05), builtins=builtins)
        assert near(function_named(profile, "busy_without_events").total_cpu_ns, cpu)


def test_sleep_is_waiting() -> None:
    def target() -> None:
        time.sleep(0.05)

    profile, wall, cpu = measured(target)

    sleep = function_named(profile, "time.sleep")
    assert 50 * MS <= sleep.self_wall_ns <= wall
    assert sleep.self_cpu_ns <= cpu + MS < 20 * MS
    own = function_named(profile, target.__qualname__)
    assert own.self_wall_ns <= wall - 50 * MS


def test_sleep_without_builtins_waits_in_its_caller() -> None:
    def target() -> None:
        time.sleep(0.03)

    profile, _, cpu = measured(target, builtins=False)

    own = function_named(profile, target.__qualname__)
    assert own.self_wall_ns >= 30 * MS
    assert own.self_cpu_ns <= cpu + MS


def test_waiting_for_a_lock() -> None:
    lock = threading.Lock()
    lock.acquire()
    timer = threading.Timer(0.05, lock.release)

    def target() -> None:
        timer.start()
        lock.acquire()

    profile, wall, cpu = measured(target)
    timer.join()

    acquire = function_named(profile, "_thread.lock.acquire")
    assert 30 * MS <= acquire.self_wall_ns <= wall
    assert acquire.self_cpu_ns <= cpu + MS


def test_waiting_for_the_gil() -> None:
    """Two busy threads: each has its CPU time, and wall time for two."""
    stop = threading.Event()
    competitor = threading.Thread(target=lambda: [busy(0.01) for _ in iter(stop.is_set, True)])
    competitor.start()
    profile, wall, cpu = measured(lambda: busy_without_events(0.06))
    stop.set()
    competitor.join()

    stats = function_named(profile, "busy_without_events")
    assert near(stats.total_wall_ns, wall)
    assert near(stats.total_cpu_ns, cpu)


def test_mixed_work_is_split() -> None:
    def computes() -> None:
        busy(0.03)

    def waits() -> None:
        time.sleep(0.03)

    def target() -> None:
        for _ in range(2):
            computes()
            waits()

    profile = profile_of(target)

    waiting = function_named(profile, waits.__qualname__)
    computing = function_named(profile, computes.__qualname__)
    assert waiting.total_wall_ns >= 60 * MS
    assert waiting.total_cpu_ns < 15 * MS
    assert computing.total_cpu_ns >= 55 * MS


def test_total_of_one_strand_is_the_session() -> None:
    profile = profile_of(lambda: busy(0.01))

    assert profile.counters["strands"] == 1
    assert profile.root.total_wall_ns == profile.wall_ns
    assert profile.root.total_cpu_ns == profile.cpu_ns


def test_time_outside_any_call_is_the_roots() -> None:
    with libprof.Profiler() as profiler:
        end = time.perf_counter_ns() + 20 * MS
        while time.perf_counter_ns() < end:
            pass

    profile = profiler.profile
    check_tree(profile)
    clock = function_named(profile, "time.perf_counter_ns")
    assert near(profile.root.self_wall_ns + clock.self_wall_ns, profile.wall_ns)


def test_threads_have_their_own_cpu_time() -> None:
    spent = []

    def inside(seconds: float) -> None:
        spent.append(busy(seconds))

    with libprof.Profiler() as profiler:
        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(inside, 0.03))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    check_tree(profiler.profile)
    (inside_node,) = nodes_named(profiler.profile, inside.__qualname__)
    assert near(inside_node.total_cpu_ns, sum(spent), share=0.3)
    join = function_named(profiler.profile, "Thread.join")
    assert join.total_cpu_ns < 10 * MS


def test_tasks_do_not_count_each_others_cpu_time() -> None:
    async def computes() -> int:
        spent = 0
        for _ in range(3):
            spent += busy(0.01)
            await asyncio.sleep(0)
        return spent

    async def session() -> tuple[libprof.Profile, int]:
        with libprof.Profiler() as profiler:
            await asyncio.sleep(0)
            spent = await computes()
        return profiler.profile, spent

    async def main() -> list[tuple[libprof.Profile, int]]:
        return await asyncio.gather(session(), session(), session())

    for profile, spent in asyncio.run(main()):
        check_tree(profile)
        assert near(profile.cpu_ns, spent, share=0.3)
        assert profile.wall_ns >= 70 * MS


def test_greenlets_do_not_count_each_others_cpu_time() -> None:
    def computes() -> None:
        for _ in range(3):
            greenlet.getcurrent().parent.switch()
            busy(0.01)

    others = [greenlet.greenlet(computes) for _ in range(2)]

    def waits() -> None:
        for _ in range(4):
            for other in others:
                other.switch()

    inside = greenlet.greenlet(lambda: profiles.append(profile_of(run)))
    profiles: list[libprof.Profile] = []
    spent = 0

    def run() -> None:
        nonlocal spent
        greenlet.getcurrent().parent.switch()
        spent = busy(0.01)

    inside.switch()
    waits()
    inside.switch()

    profile = profiles[0]
    assert near(profile.cpu_ns, spent, share=0.5)
    assert profile.wall_ns >= 65 * MS


def test_work_in_a_context_outside_is_its_callers() -> None:
    """It does not show, but what waits for it on the stack has spent its wall and CPU time."""

    def target() -> None:
        contextvars.Context().run(busy, 0.03)

    profile, _, cpu = measured(target)

    own = function_named(profile, target.__qualname__)
    assert near(own.total_cpu_ns, cpu)
    assert not nodes_named(profile, "busy")


def test_nested_session_is_time_of_the_outer_ones_calls() -> None:
    def target() -> None:
        with libprof.Profiler():
            busy(0.03)

    profile, wall, cpu = measured(target)

    own = function_named(profile, target.__qualname__)
    assert near(own.total_wall_ns, wall)
    assert near(own.total_cpu_ns, cpu)


def test_time_while_detached_is_nobodys() -> None:
    profiler = libprof.Profiler().start()
    outside = spent = 0

    def target() -> None:
        nonlocal outside, spent
        spent += busy(0.01)
        profiler.detach()
        outside = -time.perf_counter_ns()
        busy(0.05)
        outside += time.perf_counter_ns()
        profiler.attach()
        spent += busy(0.01)

    target()
    profile = profiler.stop()

    check_tree(profile)
    assert near(profile.cpu_ns, spent, share=0.5)
    inside = sum(node.raw_total_wall_ns for node in nodes_named(profile, "busy"))
    assert 20 * MS <= inside <= profile.raw_wall_ns - outside
