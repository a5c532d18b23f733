# SPDX-License-Identifier: MIT
"""A profile holds its own greenlets of gevent, also where gevent takes the place of threads."""

from __future__ import annotations

import contextvars

import gevent
import gevent.event
import gevent.pool
import gevent.queue

import libprof
from tests.python.helpers import calls_of, run_python
from tests.python.marks import lines, mark, marks


def test_sessions_in_greenlets(builtins: bool) -> None:
    """A server that handles each request in a greenlet; some are profiled."""

    def request(number: int) -> libprof.Profile | None:
        own = mark(f"mark-{number}")
        if number % 3 == 0:
            for _ in range(20):
                own()
                gevent.sleep(0)
            return None
        with libprof.Profiler(builtins=builtins) as profiler:
            for _ in range(20):
                own()
                gevent.sleep(0)
        return profiler.profile

    pool = gevent.pool.Pool(6)
    profiles = pool.map(request, range(12))

    for number, profile in enumerate(profiles):
        if profile is not None:
            assert marks(profile) == {f"mark-{number}"}
            assert calls_of(profile, f"mark-{number}") == 20
            assert profile.counters["resynchronised"] == 0


def test_greenlets_of_a_session(builtins: bool) -> None:
    """gevent.spawn copies no context: who wants a greenlet inside runs it under a copied one."""

    def child(step: str, queue: gevent.queue.Queue) -> None:
        for _ in range(3):
            mark(step)()
            queue.put(step)
            gevent.sleep(0)

    queue: gevent.queue.Queue = gevent.queue.Queue()
    with libprof.Profiler(builtins=builtins) as profiler:
        inside = [
            gevent.spawn(contextvars.copy_context().run, child, name, queue)
            for name in ("mark-one", "mark-two")
        ]
        outside = gevent.spawn(child, "mark-outside", queue)
        for _ in range(9):
            queue.get()
            mark("mark-own")()
        gevent.joinall([*inside, outside])

    profile = profiler.profile
    assert {name: calls_of(profile, name) for name in marks(profile)} == {
        "mark-one": 3,
        "mark-two": 3,
        "mark-own": 9,
    }
    name = "test_greenlets_of_a_session.child"
    assert lines(profile, __file__)[-3:] == [f"{name} 2", "  mark-one 3", "  mark-two 3"]


def test_greenlet_killed_in_its_session(builtins: bool) -> None:
    profilers = [libprof.Profiler(builtins=builtins) for _ in range(3)]
    ready = [gevent.event.Event() for _ in profilers]

    def work(number: int) -> None:
        with profilers[number]:
            mark(f"mark-{number}")()
            try:
                ready[number].set()
                gevent.sleep(60)
            finally:
                mark(f"mark-{number}")()
        mark("mark-late")()

    greenlets = [gevent.spawn(work, number) for number in range(3)]
    for event in ready:
        event.wait()
    gevent.killall(greenlets)

    for number, profiler in enumerate(profilers):
        assert marks(profiler.profile) == {f"mark-{number}"}
        assert calls_of(profiler.profile, f"mark-{number}") == 2


def test_patched_threads() -> None:
    """gunicorn's gevent worker: threads, locks and sleeps are gevent's."""
    output = run_python(
        """
from gevent import monkey
monkey.patch_all()
import threading, time, queue
import libprof

def leaf(number): pass

class Own:
    def __init__(self, number):
        code = leaf.__code__.replace(co_qualname=f"own-{number}", co_name=f"own-{number}")
        self.call = type(leaf)(code, {})

profiles = {}
lock = threading.Lock()

def request(number):
    own = Own(number)
    with libprof.Profiler() as profiler:
        for _ in range(10):
            own.call(number)
            with lock:
                time.sleep(0)
    profiles[number] = profiler.profile

threads = [threading.Thread(target=request, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for number in range(8):
    own = {f.name: f.calls for f in profiles[number].functions() if f.name.startswith("own-")}
    assert own == {f"own-{number}": 10}, own
print(len(profiles))
"""
    )
    assert output == "8\n"
