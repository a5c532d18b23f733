# SPDX-License-Identifier: MIT
"""A sampled profile holds the greenlets that run in its context, gevent's too."""

from __future__ import annotations

import contextvars

import gevent
import gevent.pool
import greenlet

import libprof
from tests.python.helpers import run_python
from tests.python.sampled import check_own, inner, local, outer, path_to, sampler, work, works

#: Of one piece of work where there are many.
SHORT = 0.008


def test_sessions_in_greenlets() -> None:
    profiles: list[libprof.Profile] = []

    def request(number: int) -> None:
        own = work(f"work-{number}", 0.004)
        with sampler() as profiler:
            for _ in range(5):
                outer(own)
                greenlet.getcurrent().parent.switch()
        profiles.append(profiler.profile)

    greenlets = [greenlet.greenlet(request) for _ in range(4)]
    for number, new in enumerate(greenlets):
        new.switch(number)
    while any(not new.dead for new in greenlets):
        for new in greenlets:
            new.switch()

    check_own(profiles)
    for number, profile in enumerate(profiles):
        assert path_to(profile, f"work-{number}") == ("outer", "inner", f"work-{number}")


def test_greenlets_with_and_without_the_sessions_context() -> None:
    def run(name: str) -> None:
        step = work(name, SHORT)
        for _ in range(3):
            outer(step)
            greenlet.getcurrent().parent.switch()

    foreign = greenlet.greenlet(run)
    with sampler() as profiler:
        inside = greenlet.greenlet(run)
        inside.gr_context = contextvars.copy_context()
        for name, new in (("work-inside", inside), ("work-foreign", foreign)):
            new.switch(name)
        for _ in range(2):
            inside.switch()
            foreign.switch()
        inner(work("work-own"))

    profile = profiler.profile
    assert works(profile) == {"work-inside", "work-own"}
    assert local(path_to(profile, "work-inside")) == ("run", "outer", "inner", "work-inside")


def test_greenlets_of_gevent() -> None:
    """gevent.spawn copies no context: who wants a greenlet inside runs it under a copied one."""

    def run(name: str) -> None:
        step = work(name, SHORT)
        for _ in range(3):
            outer(step)
            gevent.sleep(0)

    with sampler() as profiler:
        inside = [
            gevent.spawn(contextvars.copy_context().run, run, name)
            for name in ("work-one", "work-two")
        ]
        outside = gevent.spawn(run, "work-outside")
        inner(work("work-own"))
        gevent.joinall([*inside, outside])

    assert works(profiler.profile) == {"work-one", "work-two", "work-own"}
    path = local(path_to(profiler.profile, "work-one"))
    assert path[-4:] == ("run", "outer", "inner", "work-one")


def test_a_server_of_gevent() -> None:
    """Each request in a greenlet; some are profiled."""

    def request(number: int) -> libprof.Profile | None:
        own = work(f"work-{number}", 0.004)
        profiler = sampler() if number % 3 else None
        if profiler is not None:
            profiler.start()
        for _ in range(5):
            own()
            gevent.sleep(0)
        return None if profiler is None else profiler.stop()

    profiles = gevent.pool.Pool(6).map(request, range(12))
    for number, profile in enumerate(profiles):
        if profile is not None:
            assert works(profile) == {f"work-{number}"}
            assert path_to(profile, f"work-{number}") == (f"work-{number}",)


def test_patched_threads() -> None:
    """gunicorn's gevent worker: threads, locks and sleeps are gevent's."""
    output = run_python(
        """
from gevent import monkey
monkey.patch_all()
import threading, time
import libprof
from tests.python.sampled import sampler, work, works

profiles = {}
lock = threading.Lock()

def request(number):
    own = work(f"work-{number}", 0.004)
    with sampler() as profiler:
        for _ in range(5):
            own()
            with lock:
                time.sleep(0)
    profiles[number] = profiler.profile

threads = [threading.Thread(target=request, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for number in range(8):
    assert works(profiles[number]) == {f"work-{number}"}, works(profiles[number])
print(len(profiles))
"""
    )
    assert output == "8\n"
