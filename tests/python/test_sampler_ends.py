# SPDX-License-Identifier: MIT
"""After the last session nothing ticks any more: what comes by the signal then is not meant for us."""

from __future__ import annotations

import pytest

from tests.python.helpers import run_python

BEGIN = """
import signal, sys, threading
from concurrent.futures import ThreadPoolExecutor
from libprof import _native
from tests.python.sampled import compute, sampler, work, works

hits = []
def handler(number, frame):
    hits.append(number)

done = threading.Event()
def fail(*error):
    done.set()
    sys.__excepthook__(*error)
sys.excepthook = fail

def goes_on():
    while not done.is_set():
        compute(0.0005)
"""

#: A signal and what the program does about it: the default of SIGURG is to be ignored, that of others to end
#: the program.
SIGNALS = [
    ("SIGURG", "handler"),
    ("SIGURG", "signal.SIG_DFL"),
    ("SIGUSR1", "signal.SIG_DFL"),
    ("SIGPROF", "handler"),
    ("SIGRTMAX", "signal.SIG_DFL"),
]


def run(source: str) -> None:
    """The program says so when it has come to its end."""
    assert run_python(BEGIN + source + "\nprint('done')") == "done\n"


@pytest.mark.parametrize(("signal", "action"), SIGNALS)
@pytest.mark.parametrize("kind", ["thread", "executor"])
def test_threads_that_go_on(signal: str, action: str, kind: str) -> None:
    """They were begun, or began their work, in the session."""
    run(
        f"""
_native.sampling_signal(signal.{signal})
signal.signal(signal.{signal}, {action})
executor = ThreadPoolExecutor(1)
with sampler():
    if {kind!r} == "thread":
        thread = threading.Thread(target=goes_on)
        thread.start()
    else:
        executor.submit(goes_on)
    compute(0.02)
compute(0.05)
assert not hits, len(hits)

with sampler() as profiler:  # another one, which the thread has no part in
    work("work-next")()
assert works(profiler.profile) == {{"work-next"}}
compute(0.05)
assert not hits, len(hits)
done.set()
executor.shutdown()
"""
    )


@pytest.mark.parametrize(("signal", "action"), SIGNALS)
def test_sessions_that_end_while_ticks_are_on_their_way(signal: str, action: str) -> None:
    """There are more threads than cores: those that wait for one have a tick waiting for them."""
    run(
        f"""
_native.sampling_signal(signal.{signal})
signal.signal(signal.{signal}, {action})
present = [None]
def attaches():
    last = None
    while not done.is_set():
        profiler = present[0]
        if profiler is not last:
            try:
                profiler.attach()
            except RuntimeError:
                pass  # it has ended already
            last = profiler
        compute(0.0003)

threads = [threading.Thread(target=attaches) for _ in range(4)]
for thread in threads:
    thread.start()
for _ in range(100):
    profiler = sampler(interval=0.0001).start()
    present[0] = profiler
    compute(0.002)
    profiler.stop()
done.set()
for thread in threads:
    thread.join()
assert not hits, len(hits)
"""
    )


def test_a_tick_that_was_blocked() -> None:
    run(
        """
for number in (signal.SIGURG, signal.SIGUSR1):
    _native.sampling_signal(number)
    profiler = sampler(interval=0.0001).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    compute(0.01)
    profiler.stop()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    with sampler() as profiler:
        work("work-next")()
    assert works(profiler.profile) == {"work-next"}
"""
    )
