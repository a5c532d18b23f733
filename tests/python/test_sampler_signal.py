# SPDX-License-Identifier: MIT
"""The signal that samples come by: the program does not notice that it is used, nor that it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.helpers import run_python

BEGIN = """
import ctypes, os, signal, sys, threading, time
import libprof
from libprof import _native
from tests.python.sampled import compute, sampler, work, works
"""

#: With a library that sets handlers in C.
WITH_LIBRARY = BEGIN + "library = ctypes.CDLL(sys.argv[1])\n"

#: Signals that a test sends to itself: each one arrives before the next is sent.
SIGNALS = 50


@pytest.fixture(scope="session")
def library(signals_library: Path) -> str:
    return str(signals_library)


def run(source: str, *arguments: str, begin: str = BEGIN) -> None:
    """The program says so when it has come to its end."""
    assert run_python(begin + source + "\nprint('done')", *arguments) == "done\n"


# ---- others' handlers ------------------------------------------------------------------------------


def test_a_handler_in_python_gets_its_own_signals() -> None:
    run(
        f"""
hits = []
def handler(number, frame):
    hits.append(number)
signal.signal(signal.SIGURG, handler)
with sampler(interval=0.0002) as profiler:
    for number in range({SIGNALS}):
        os.kill(os.getpid(), signal.SIGURG)
        work("work-inside", 0.002)()
        assert len(hits) == number + 1, (hits, number)
assert works(profiler.profile) == {{"work-inside"}}
assert profiler.profile.counters["hooks_lost"] == 0
assert signal.getsignal(signal.SIGURG) is handler
os.kill(os.getpid(), signal.SIGURG)
assert hits == [signal.SIGURG] * {SIGNALS + 1}, hits
"""
    )


@pytest.mark.parametrize("with_info", [0, 1])
def test_a_handler_in_c_gets_its_own_signals(library: str, with_info: int) -> None:
    run(
        f"""
assert library.install(signal.SIGURG, {with_info}) == 0
with sampler(interval=0.0002) as profiler:
    assert not library.is_installed(signal.SIGURG, {with_info})
    for number in range({SIGNALS}):
        os.kill(os.getpid(), signal.SIGURG)
        work("work-inside", 0.002)()
        assert library.count() == number + 1, (library.count(), number)
assert works(profiler.profile) == {{"work-inside"}}
assert library.is_installed(signal.SIGURG, {with_info})
os.kill(os.getpid(), signal.SIGURG)
assert library.count() == {SIGNALS + 1}
""",
        library,
        begin=WITH_LIBRARY,
    )


def test_without_a_handler_signals_do_what_they_did(library: str) -> None:
    run(
        """
import subprocess
assert signal.getsignal(signal.SIGURG) == signal.SIG_DFL
with sampler():
    os.kill(os.getpid(), signal.SIGURG)  # it is ignored by default
    compute()
signal.signal(signal.SIGURG, signal.SIG_IGN)
with sampler():
    os.kill(os.getpid(), signal.SIGURG)
    compute()
ignored = [line for line in open("/proc/self/status") if line.startswith("SigIgn")][0]
assert int(ignored.split()[1], 16) & 1 << signal.SIGURG - 1
"""
    )


@pytest.mark.parametrize("by_c", [False, True])
def test_a_handler_that_is_taken_away_is_counted_and_left_alone(library: str, by_c: bool) -> None:
    run(
        f"""
hits = []
def take():
    if {by_c}:
        library.install(signal.SIGURG, 0)
    else:
        signal.signal(signal.SIGURG, lambda *_: hits.append(1))
def count():
    return library.count() if {by_c} else len(hits)

with sampler() as profiler:
    work("work-before")()
    take()
    work("work-after")()
assert works(profiler.profile) == {{"work-before"}}
assert profiler.profile.counters["hooks_lost"] == 1
before = count()
os.kill(os.getpid(), signal.SIGURG)
compute()
assert count() == before + 1, (before, count())  # it is there, and no timer ticks any more

with sampler() as profiler:
    os.kill(os.getpid(), signal.SIGURG)
    work("work-again")()
assert works(profiler.profile) == {{"work-again"}}
assert profiler.profile.counters["hooks_lost"] == 0
os.kill(os.getpid(), signal.SIGURG)
compute()
assert count() == before + 3, (before, count())
""",
        library,
        begin=WITH_LIBRARY,
    )


def test_the_next_session_takes_the_signal_back() -> None:
    run(
        """
hits = []
first = sampler().start()
signal.signal(signal.SIGURG, lambda *_: hits.append(1))
second = sampler().start()
work("work-inside")()
second.stop()
first.stop()
assert works(second.profile) == {"work-inside"}
del hits[:]
os.kill(os.getpid(), signal.SIGURG)
compute()
assert hits == [1]
"""
    )


def test_timers_of_the_program_go_on() -> None:
    run(
        """
hits = {signal.SIGALRM: 0, signal.SIGPROF: 0, signal.SIGVTALRM: 0}
def handler(number, frame):
    hits[number] += 1
for number in hits:
    signal.signal(number, handler)
for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF, signal.ITIMER_VIRTUAL):
    signal.setitimer(timer, 0.02, 0.02)
with sampler(interval=0.00023) as profiler:
    work("work-inside", 0.5)()
for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF, signal.ITIMER_VIRTUAL):
    signal.setitimer(timer, 0)
assert works(profiler.profile) == {"work-inside"}
# Due 25 times. Timers of CPU time come at the kernel's tick only, and that of user time not with ticks that find
# the kernel at work: on system calls, of which the program has many, and on signals. So no interval is taken that
# divides the tick's: each tick would find the kernel at work on the same signal.
assert hits[signal.SIGALRM] >= 20, hits
assert hits[signal.SIGPROF] >= 15, hits
assert hits[signal.SIGVTALRM] >= 1, hits
assert profiler.profile.counters["samples"] >= 0.4 * 0.5 / 0.00023
"""
    )


# ---- threads that block signals --------------------------------------------------------------------


def test_a_thread_that_blocks_all_signals() -> None:
    """As those that servers make in C: it is sampled, and goes on to block them."""
    run(
        """
masks = []
def mask():
    return signal.pthread_sigmask(signal.SIG_BLOCK, [])

def request():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    masks.append(mask())
    for _ in range(2):
        with sampler() as profiler:
            masks.append(mask())
            work("work-inside")()
            with sampler() as inner:
                work("work-nested")()
            work("work-inside")()
        assert works(profiler.profile) == {"work-inside"}, works(profiler.profile)
        assert works(inner.profile) == {"work-nested"}, works(inner.profile)
        masks.append(mask())

thread = threading.Thread(target=request)
thread.start()
thread.join()
before, *inside_and_after = masks
assert signal.SIGURG in before
assert inside_and_after == [before - {signal.SIGURG}, before] * 2
"""
    )


def test_a_thread_that_blocks_signals_and_is_stopped_from_another_one() -> None:
    """Until its next session ends it lets one signal through that it did not."""
    run(
        """
begun, stopped = threading.Event(), threading.Event()
def request():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG, signal.SIGUSR1])
    sessions.append(sampler().start())
    work("work-inside")()
    begun.set()
    stopped.wait()
    with sampler() as profiler:
        work("work-next")()
    sessions.append(profiler)
    masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))

sessions, masks = [], []
thread = threading.Thread(target=request)
thread.start()
begun.wait()
sessions[0].stop()
stopped.set()
thread.join()
assert [works(profiler.profile) for profiler in sessions] == [{"work-inside"}, {"work-next"}]
assert masks == [{signal.SIGURG, signal.SIGUSR1}]
"""
    )


# ---- another signal --------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", ["SIGPROF", "SIGUSR1", "SIGUSR2", "SIGRTMIN + 5", "SIGRTMAX"])
def test_another_signal(signal: str) -> None:
    run(
        f"""
number = int(signal.{signal})
with sampler() as profiler:  # the thread has a timer that sends the old signal
    compute()
assert _native.sampling_signal(None) == signal.SIGURG
assert _native.sampling_signal(number) == number == _native.sampling_signal(None)
hits = []
signal.signal(signal.SIGURG, lambda *_: hits.append(1))
signal.signal(number, lambda *_: hits.append(2))
with sampler(interval=0.0002) as profiler:
    work("work-inside")()
    os.kill(os.getpid(), signal.SIGURG)
    compute(0.001)
    os.kill(os.getpid(), number)
    compute(0.001)
assert works(profiler.profile) == {{"work-inside"}}
assert hits == [1, 2], hits
os.kill(os.getpid(), number)
assert hits == [1, 2, 2], hits
assert _native.sampling_signal(signal.SIGURG) == signal.SIGURG
"""
    )


def test_signals_that_cannot_be_used() -> None:
    run(
        """
names = "ALRM SEGV BUS FPE ILL TRAP SYS ABRT KILL STOP CHLD PIPE INT TERM".split()
for number in [getattr(signal, "SIG" + name) for name in names] + [0, -1, 32, 33, 65, 2**40]:
    try:
        _native.sampling_signal(number)
    except ValueError as error:
        assert "cannot be used" in str(error) and "SIGURG" in str(error), error
    else:
        raise AssertionError(number)
try:
    _native.sampling_signal("SIGUSR1")
except TypeError:
    pass
assert _native.sampling_signal(None) == signal.SIGURG

outer = sampler().start()
inner = sampler().start()
for profiler in (inner, outer):
    try:
        _native.sampling_signal(signal.SIGUSR1)
    except RuntimeError as error:
        assert "running" in str(error), error
    else:
        raise AssertionError
    profiler.stop()
assert _native.sampling_signal(signal.SIGUSR1) == signal.SIGUSR1
"""
    )


def test_a_session_that_gets_no_timer_leaves_nothing() -> None:
    run(
        """
import resource
with sampler():
    threading.Thread(target=compute).start()
limits = resource.getrlimit(resource.RLIMIT_SIGPENDING)
handlers = {}
def fail():
    profiler = sampler()
    try:
        profiler.start()
    except OSError as error:
        handlers["error"] = str(error)
    assert not profiler.running
    handlers["sessions"] = _native.sampling_sessions()

resource.setrlimit(resource.RLIMIT_SIGPENDING, (0, limits[1]))
thread = threading.Thread(target=fail)
thread.start()
thread.join()
assert "unavailable" in handlers["error"], handlers
assert handlers["sessions"] == 0
resource.setrlimit(resource.RLIMIT_SIGPENDING, limits)
with sampler() as profiler:
    work("work-next")()
assert works(profiler.profile) == {"work-next"}
"""
    )


def test_the_package_says_which_signal_is_used() -> None:
    assert (
        run_python(
            """
import signal, libprof
from libprof import _native
libprof.use_signal(signal.SIGPROF)
print(_native.sampling_signal(None) == signal.SIGPROF)
"""
        )
        == "True\n"
    )
