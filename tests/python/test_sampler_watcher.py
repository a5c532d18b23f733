# SPDX-License-Identifier: MIT
"""The thread that looks after those that wait: its beginning, its end, forks, and what else it may disturb."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest

from tests.python.helpers import build_library, run_python

LIBPROF = Path(__file__).parents[2] / "libprof"

BEGIN = """
import contextlib, os, threading, time, warnings
from pathlib import Path
import libprof
from tests.python.helpers import function_named
from tests.python.sampled import sampler, work

def watchers():
    count = 0
    for path in Path("/proc/self/task").glob("*/comm"):
        with contextlib.suppress(OSError):  # a thread that has ended meanwhile
            count += path.read_text() == "libprof watcher\\n"
    return count

def waits():
    time.sleep(0.1)

def check_waits(profile, count):
    waited = function_named(profile, "waits")
    assert 0.95e8 * count < waited.total_wall_ns < 1e8 * count + 1e8, waited
    assert waited.samples > 70 * count, waited

def session():
    with sampler(interval=0.001) as profiler:
        waits()
        assert watchers() == 1
    check_waits(profiler.profile, 1)

def fork(function=lambda: None):
    child = os.fork()
    if child == 0:
        function()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def run(source: str) -> None:
    """The program says so when it has come to its end."""
    assert run_python(BEGIN + source + "\nprint('done')") == "done\n"


@pytest.mark.slow
def test_it_ends_whenever_it_is_told_to(tmp_path: Path) -> None:
    library = tmp_path / "watcher.so"
    build_library(
        library,
        *("-O2", "-pthread", "-Wno-unused-parameter"),
        *(f"-I{LIBPROF / part}" for part in ("include", "core", "export", "cpython")),
        *("-isystem", sysconfig.get_path("include")),
        *(str(LIBPROF / "cpython" / f"{name}.c") for name in ("sampler_watcher", "process")),
        str(Path(__file__).parent / "support" / "watcher.c"),
    )
    run(f"import ctypes\nctypes.CDLL({str(library)!r}).begin_and_end(30_000)")


def test_there_is_none_before_the_first_session_and_one_for_all_after() -> None:
    run(
        """
assert watchers() == 0
for _ in range(3):
    session()
    threads = [threading.Thread(target=session) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
assert watchers() == 1
"""
    )


# ---- forks -----------------------------------------------------------------------------------------


def test_forks_beside_threads_that_wait() -> None:
    """CPython finds one thread only in the process that forks, and the wait goes on."""
    run(
        """
warnings.simplefilter("error")
for _ in range(3):
    with sampler(interval=0.001) as profiler:
        waits()
        fork()
        waits()
    check_waits(profiler.profile, 2)
"""
    )


def test_a_child_watches_its_own_threads() -> None:
    run(
        """
def child():
    assert watchers() == 0
    session()

session()
fork(child)
assert watchers() == 0
session()
"""
    )


@pytest.mark.parametrize(
    "what",
    ["with libprof.span('span'): pass", "sampler().start().stop()", "session()"],
)
def test_a_session_that_goes_on_after_a_fork_has_a_watcher_again(what: str) -> None:
    run(
        f"""
with sampler(interval=0.001):
    waits()
    fork()
    assert watchers() == 0
    {what}
    assert watchers() == 1
"""
    )


def test_a_fork_while_a_thread_hands_itself_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record is copied in the middle of that, and whoever looks at it in the child does not wait for it."""
    library = tmp_path / "hand_over.so"
    build_library(library, "-O2", str(Path(__file__).parent / "support" / "hand_over.c"))
    monkeypatch.setenv("LD_PRELOAD", f"{os.environ.get('LD_PRELOAD', '')} {library}")
    run(
        f"""
import ctypes, signal
warnings.simplefilter("ignore", DeprecationWarning)
library = ctypes.CDLL({str(library)!r})
stopped, stage = (ctypes.c_int.in_dll(library, name) for name in ("stopped", "stage"))

def other():
    with sampler(interval=0.001):
        stopped.value = threading.get_native_id()
        waits()

def child():
    signal.alarm(30)
    session()

session()  # so that the child has a record of its own, and does not use the other one again
thread = threading.Thread(target=other)
thread.start()
while stage.value != 1:
    time.sleep(0.001)
fork(child)
thread.join()
assert stage.value == 4
"""
    )


def test_forks_of_threads_while_others_wait() -> None:
    run(
        """
warnings.simplefilter("ignore", DeprecationWarning)
end = threading.Event()

def other():
    while not end.is_set():
        with sampler(interval=0.0002):
            time.sleep(0.005)

threads = [threading.Thread(target=other) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(50):
    fork(lambda: sampler(interval=0.0002).start().stop())
end.set()
for thread in threads:
    thread.join()
"""
    )


# ---- what else there is ----------------------------------------------------------------------------


def test_the_interpreter_ends_while_threads_wait() -> None:
    run(
        """
def forever():
    sampler(interval=0.0001).start()
    time.sleep(60)

for _ in range(5):
    threading.Thread(target=forever, daemon=True).start()
with sampler(interval=0.0001):
    time.sleep(0.05)
"""
    )


def test_signals_of_the_process_are_not_the_watchers() -> None:
    """They end waits of the main thread, which alone has Python's handlers."""
    run(
        """
import signal

class Rings(Exception):
    pass

def ring(number, frame):
    raise Rings

signal.signal(signal.SIGALRM, ring)
with sampler(interval=0.001):
    for _ in range(5):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        begin = time.monotonic()
        try:
            time.sleep(10)
        except Rings:
            pass
        assert time.monotonic() - begin < 1
"""
    )
