# SPDX-License-Identifier: MIT
"""Samples on a machine whose cores others want as well: what was computed belongs to who computed it all the same."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

from tests.python.helpers import run_python

BEGIN = """
import contextlib, os, subprocess, sys, time
import pytest
from tests.python.helpers import function_named
from tests.python.sampled import MS, sampler

cores = sorted(os.sched_getaffinity(0))

#: Computes on one core for as long as its parent lives.
BUSY = "import os, sys; parent = os.getppid(); os.sched_setaffinity(0, {int(sys.argv[1])}); print(flush=True)\\n"
BUSY += "while os.getppid() == parent: sum(range(100_000))"

@contextlib.contextmanager
def busy(core, count):
    command = [sys.executable, "-c", BUSY, str(core)]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(count)]
    for other in others:
        other.stdout.readline()
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.communicate()
"""


def test_a_function_that_makes_system_calls() -> None:
    """A tick that comes when one has just ended, long after the last tick, has not found the thread waiting."""
    run_python(
        BEGIN
        + """
def calls():
    end = time.thread_time() + 0.2
    while time.thread_time() < end:
        pass

def computes():
    for _ in range(20):
        sum(range(100_000))

os.sched_setaffinity(0, {cores[0]})
with busy(cores[0], 4), sampler(interval=0.02) as profiler:
    calls()
    begin = time.thread_time_ns()
    computes()
    computed_ns = time.thread_time_ns() - begin
found = [function_named(profiler.profile, name).total_cpu_ns for name in ("calls", "computes")]
assert found == pytest.approx([200 * MS, computed_ns], abs=30 * MS)
"""
    )


SESSION = """
import sys, time
from pathlib import Path
import pytest
from tests.python.helpers import function_named
from tests.python.sampled import MS, sampler, work
from tests.python.test_sampled_wait import wait

def watcher():
    for path in Path("/proc/self/task").glob("*/comm"):
        if path.read_text() == "libprof watcher\\n":
            return path.parent.name

with sampler():
    pass
print(watcher(), flush=True)
sys.stdin.readline()
functions = [wait("wait-0", 0.05), work("work-0", 0.03), wait("wait-1", 0.05), work("work-1", 0.03)]
with sampler(interval=0.001) as profiler:
    for _ in range(3):
        for function in functions:
            function()
print(flush=True)
sys.stdin.readline()
for number in range(2):
    worked = function_named(profiler.profile, f"work-{number}")
    waited = function_named(profiler.profile, f"wait-{number}")
    assert worked.total_cpu_ns == pytest.approx(90 * MS, abs=10 * MS), worked
    # Where others had the core meanwhile, half of what nobody has seen of a wait is told as what follows it.
    assert waited.total_wall_ns >= 80 * MS, waited
"""


class Frozen:
    """A thread of a child that is stopped as a debugger would, and the child goes on."""

    SEIZE, INTERRUPT, DETACH, ALL = 0x4206, 0x4207, 17, 0x40000000

    def __init__(self, thread: int) -> None:
        self._thread = thread
        self._libc = ctypes.CDLL(None, use_errno=True)

    def _ask(self, request: int) -> None:
        address = ctypes.c_void_p(0)
        if self._libc.ptrace(request, self._thread, address, address) < 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def __enter__(self) -> None:
        self._ask(self.SEIZE)
        self._ask(self.INTERRUPT)
        os.waitpid(self._thread, self.ALL)

    def __exit__(self, *_: object) -> None:
        self._ask(self.DETACH)


def test_a_watcher_that_has_no_core() -> None:
    """Threads say by themselves that they compute again."""
    program = subprocess.Popen(
        [sys.executable, "-c", SESSION],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    with Frozen(int(program.stdout.readline())):
        program.stdin.write("\n")
        program.stdin.flush()
        program.stdout.readline()  # the session is over; the program waits for the watcher when it ends
    _, errors = program.communicate("\n")
    assert program.returncode == 0, errors
