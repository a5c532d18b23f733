# SPDX-License-Identifier: MIT
"""Threads that execute the work of others: as long as there is none for a session, they are left in peace."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

import libprof
from tests.python.helpers import function_named
from tests.python.sampled import INTERVAL, sampler, voluntary_switches, work

#: Seconds in which a thread without work comes to rest.
WHILE = 1.0


@contextmanager
def worker() -> Iterator[tuple[int, Callable[[Callable[[], object]], None]]]:
    """A thread that executes what it is given, until it has done it, without anybody's knowing."""
    jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[object] = queue.SimpleQueue()

    def run() -> None:
        for job in iter(jobs.get, None):
            done.put(job())

    def execute(job: Callable[[], object]) -> None:
        jobs.put(job)
        done.get()

    thread = threading.Thread(target=run)
    thread.start()
    yield thread.native_id or 0, execute
    jobs.put(None)
    thread.join()


def test_a_thread_without_work_is_woken_rarely() -> None:
    with sampler(), worker() as (thread, _):
        before = voluntary_switches(thread)
        time.sleep(WHILE)
        woken = voluntary_switches(thread) - before
    assert woken < 0.1 * WHILE / INTERVAL


def test_work_that_comes_then_is_seen() -> None:
    with sampler() as profiler, worker() as (_, execute):
        context = contextvars.copy_context()
        time.sleep(WHILE)
        execute(lambda: context.run(work("work-0", 0.3)))
    assert function_named(profiler.profile, "work-0").self_cpu_ns > 0.85 * 0.3e9


def test_work_of_an_executor_is_seen_from_its_beginning() -> None:
    with sampler() as profiler, ThreadPoolExecutor(1) as pool:
        thread = pool.submit(threading.get_native_id).result()
        before = voluntary_switches(thread)
        time.sleep(WHILE)
        assert voluntary_switches(thread) - before < 0.1 * WHILE / INTERVAL
        context = contextvars.copy_context()
        pool.submit(context.run, work("work-0", 0.1)).result()
    assert function_named(profiler.profile, "work-0").self_cpu_ns > 0.95 * 0.1e9


def test_a_thread_with_a_session_of_its_own_is_not_left_alone() -> None:
    """Its session waits meanwhile, as that of a request on an event loop does, and goes on at any moment."""
    inside = contextvars.copy_context()
    profiler = sampler()
    inside.run(profiler.start)
    time.sleep(0.2)  # 400 ticks of nobody
    inside.run(work("work-0", 0.05))
    profile = inside.run(profiler.stop)
    assert function_named(profile, "work-0").self_cpu_ns > 0.95 * 0.05e9


@pytest.mark.parametrize("interval", [0.2, 10])
def test_long_intervals_stay_as_they_are(interval: float) -> None:
    with libprof.Profiler("sample", interval=interval), worker() as (thread, execute):
        execute(lambda: None)
        before = voluntary_switches(thread)
        time.sleep(0.3)
        assert voluntary_switches(thread) - before <= 3
