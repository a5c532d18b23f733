# SPDX-License-Identifier: MIT
"""Samples in sub-interpreters: one signal and one watcher serve them all, and each has sessions of its own."""

from __future__ import annotations

import sys

import pytest

from tests.python.helpers import run_python
from tests.python.interpreters import IN_INTERPRETER

KINDS = [True, False] if sys.version_info >= (3, 12) else [False]

#: In every interpreter: what a session of its own must hold, and nothing else.
SESSION = """
import libprof, time

def compute():  # for more than a hundred samples, of which one may be lost
    end = time.thread_time() + 0.12
    while time.thread_time() < end:
        sum(range(200))

def check(profile, own, other):
    functions = {function.name: function for function in profile.functions()}
    assert functions[own].total_cpu_ns >= 96_000_000, functions[own]
    assert other not in functions, functions
    assert profile.counters["samples_lost"] <= 0.01 * profile.counters["samples"], profile.counters
"""

INSIDE = (
    SESSION
    + """
def inside():
    compute()

with libprof.Profiler("sample", interval=0.001) as profiler:
    inside()
    time.sleep(0.05)
check(profiler.profile, "inside", "outside")
"""
)

OUTSIDE = (
    IN_INTERPRETER
    + SESSION
    + """
import threading

def outside():
    compute()
"""
)

ENDS = {
    "idle": "",
    "sampled": "open = libprof.Profiler('sample', interval=0.001).start(); inside()",
    "watched": "open = libprof.Profiler('sample', interval=0.001).start(); time.sleep(0.05)",
}


@pytest.mark.parametrize("isolated", KINDS)
@pytest.mark.parametrize("end", ENDS)
def test_in_the_thread_of_another_session(isolated: bool, end: str) -> None:
    """Which is of another interpreter, and goes on after the inner one has ended, at work or waiting."""
    run_python(
        OUTSIDE
        + f"""
for _ in range(3):
    with libprof.Profiler("sample", interval=0.001) as profiler:
        outside()
        in_interpreter({INSIDE + ENDS[end]!r}, {isolated})
        outside()
    check(profiler.profile, "outside", "inside")
"""
    )


@pytest.mark.parametrize("isolated", KINDS)
def test_in_other_threads_at_the_same_time(isolated: bool) -> None:
    run_python(
        OUTSIDE
        + f"""
threads = [threading.Thread(target=in_interpreter, args=({INSIDE!r}, {isolated})) for _ in range(3)]
for thread in threads:
    thread.start()
with libprof.Profiler("sample", interval=0.001) as profiler:
    outside()
    for thread in threads:
        thread.join()
check(profiler.profile, "outside", "inside")
"""
    )


@pytest.mark.parametrize("isolated", KINDS)
def test_one_after_the_other_in_one_thread(isolated: bool) -> None:
    """None of them finds what an earlier one has left."""
    run_python(
        OUTSIDE
        + f"""
for _ in range(10):
    in_interpreter({INSIDE!r}, {isolated})
with libprof.Profiler("sample", interval=0.001) as profiler:
    outside()
check(profiler.profile, "outside", "inside")
"""
    )
