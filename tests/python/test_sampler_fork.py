# SPDX-License-Identifier: MIT
"""Processes that come from one that is sampled: forks, spawned ones, other programs, and the end."""

from __future__ import annotations

from tests.python.helpers import run_python

BEGIN = """
import contextvars, mmap, multiprocessing, os, subprocess, sys, threading, time, warnings
import libprof
from libprof import _native
from tests.python.sampled import compute, count_samples, sampler, work, works

warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads

def fork(function):
    # The child's exit status says whether the function has come to its end.
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def run(source: str, timeout: float = 60) -> None:
    """The program says so when it has come to its end."""
    assert run_python(BEGIN + source + "\nprint('done')", timeout=timeout) == "done\n"


def test_the_child_of_a_fork_is_not_in_the_session() -> None:
    run(
        """
def child():
    assert not profiler.running
    assert _native.sampling_sessions() == 0
    for call in (profiler.stop, profiler.attach):
        try:
            call()
        except RuntimeError as error:
            assert "forked" in str(error) and "start a new one" in str(error), error
        else:
            raise AssertionError
    compute(0.005)
    with sampler() as own:
        work("work-child")()
    assert works(own.profile) == {"work-child"}
    assert own.profile.counters["hooks_lost"] == 0
    fork(grandchild)

def grandchild():
    with sampler() as own:
        work("work-grandchild")()
    assert works(own.profile) == {"work-grandchild"}

with sampler() as profiler:
    work("work-before")()
    fork(child)
    work("work-after")()
assert works(profiler.profile) == {"work-before", "work-after"}
assert profiler.profile.counters["hooks_lost"] == 0
with sampler() as profiler:
    work("work-next")()
assert works(profiler.profile) == {"work-next"}
"""
    )


def test_a_with_block_ends_in_the_child() -> None:
    run(
        """
with sampler() as profiler:
    work("work-both")()
    child = os.fork()
if child == 0:
    assert not profiler.running
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert works(profiler.profile) == {"work-both"}
"""
    )


def test_the_child_has_the_handler_that_was_there_before() -> None:
    run(
        """
import signal
hits = []
signal.signal(signal.SIGURG, lambda *_: hits.append(1))

def child():
    os.kill(os.getpid(), signal.SIGURG)
    compute(0.001)
    assert hits == [1], hits
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()

with sampler():
    fork(child)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])
    fork(lambda: None)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == {signal.SIGURG}
"""
    )


def test_fork_in_a_thread_while_others_are_sampled() -> None:
    run(
        """
stop = threading.Event()

def other():
    while not stop.is_set():
        with sampler(interval=0.0002):
            compute(0.002)

def child():
    with sampler() as own:
        work("work-child")()
    assert works(own.profile) == {"work-child"}

threads = [threading.Thread(target=other) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(20):
    fork(child)
stop.set()
for thread in threads:
    thread.join()
"""
    )


def test_sessions_dropped_in_the_child() -> None:
    run(
        """
import gc
contexts = []
for _ in range(3):
    context = contextvars.copy_context()
    context.run(sampler().start)
    contexts.append(context)
del context

def child():
    contexts.clear()
    gc.collect()
    with sampler() as own:
        work("work-child")()
    assert works(own.profile) == {"work-child"}

fork(child)
assert _native.sampling_sessions() == 3
contexts.clear()
gc.collect()
assert _native.sampling_sessions() == 0
"""
    )


LARGE = """
# Pages of the smallest size: that many entries are copied by each fork.
memory = mmap.mmap(-1, 1 << 30)
memory.madvise(mmap.MADV_NOHUGEPAGE)
for page in range(0, len(memory), mmap.PAGESIZE):
    memory[page] = 1
"""


def test_a_large_process_can_fork() -> None:
    """One that is interrupted sooner than clone() ends would begin it anew for ever."""
    run(
        LARGE
        + """
with sampler(interval=0.0001) as profiler:
    for _ in range(5):
        fork(lambda: None)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.map(abs, [-1, 2]) == [1, 2]
    assert subprocess.run(["true"], preexec_fn=lambda: None).returncode == 0
    work("work-inside")()
assert "work-inside" in works(profiler.profile)
"""
    )


def test_a_large_process_can_fork_in_a_thread() -> None:
    run(
        LARGE
        + """
stop = threading.Event()

def other():
    while not stop.is_set():
        compute(0.001)

with sampler(interval=0.0001) as profiler:
    thread = threading.Thread(target=contextvars.copy_context().run, args=(other,))
    thread.start()
    for _ in range(5):
        fork(lambda: None)
    stop.set()
    thread.join()
"""
    )


def test_multiprocessing() -> None:
    """count_samples() has a session of its own in each child."""
    run(
        """
for method in ("fork", "spawn", "forkserver"):
    with sampler() as profiler:
        with multiprocessing.get_context(method).Pool(2) as pool:
            counts = pool.map(count_samples, [0.02] * 4)
        work("work-parent")()
    assert min(counts) >= 20, counts
    assert "work-parent" in works(profiler.profile)
"""
    )


def test_other_programs() -> None:
    run(
        """
with sampler(interval=0.0002):
    for options in ({}, {"close_fds": False}, {"start_new_session": True}):
        for _ in range(20):
            assert subprocess.run(["echo", "x"], capture_output=True, **options).stdout == b"x\\n"
    assert os.waitstatus_to_exitcode(os.system("exit 3")) == 3
    child = os.posix_spawn("/bin/true", ["true"], {})
    assert os.waitpid(child, 0)[1] == 0
"""
    )


def test_a_program_that_takes_the_place_of_this_one() -> None:
    output = run_python(
        BEGIN
        + """
sampler(interval=0.0001).start()
compute(0.01)
os.execv(sys.executable, [sys.executable, "-c", "print(sum(range(10**6)))"])
"""
    )
    assert output == "499999500000\n"


def test_the_interpreter_ends_in_sessions() -> None:
    """Of the main thread, of threads nobody waits for, and of what runs while modules are taken apart."""
    run(
        """
class Late:
    def __del__(self):
        sum(range(100_000))

late = Late()
def daemon():
    with sampler(interval=0.0001):
        while True:
            compute(0.001)

for _ in range(3):
    threading.Thread(target=daemon, daemon=True).start()
sampler(interval=0.0001).start()
compute(0.02)
"""
    )
