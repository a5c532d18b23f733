# SPDX-License-Identifier: MIT
"""Run by every interpreter of a stress environment, through libprof_from_startup.pth.

LIBPROF_FROM_STARTUP says what is on before the program's first line:
    traced   a session, which the program does not stop: it also sees the interpreter end
    sampled  the same, with the engine that samples, at 5 kHz
    idle     somebody else's tool, which listens to the same events and does nothing
    ticking  a timer as fast as that, whose handler does nothing
    plain    nothing; only the imports are the same, to compare with
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libprof

EVENTS = (
    "PY_START",
    "PY_RESUME",
    "PY_THROW",
    "PY_RETURN",
    "PY_UNWIND",
    "PY_YIELD",
    "CALL",
    "C_RETURN",
    "C_RAISE",
)
TOOL_ID = 4

profiler: libprof.Profiler | None = None


def listen() -> None:
    do_nothing = "".format  # takes whatever arguments there are, and runs no Python
    if sys.version_info < (3, 12):
        sys.setprofile(do_nothing)
        return
    monitoring = sys.monitoring
    monitoring.use_tool_id(TOOL_ID, "idle")
    bits = [getattr(monitoring.events, name) for name in EVENTS]
    for bit in bits:
        monitoring.register_callback(TOOL_ID, bit, do_nothing)
    # C_RETURN and C_RAISE come with CALL and are not switched by themselves.
    monitoring.set_events(TOOL_ID, sum(bits))


def tick() -> None:
    """SIGURG to this thread at 5 kHz, without libprof. The handler is a function that does nothing."""
    import ctypes
    import signal
    import time
    from _thread import get_native_id

    libc = ctypes.CDLL(None, use_errno=True)
    libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    libc.signal(signal.SIGURG, ctypes.cast(libc.getppid, ctypes.c_void_p))
    event = (ctypes.c_int * 16)()  # struct sigevent: value (8 bytes), signal, how, thread
    event[2], event[3], event[4] = signal.SIGURG, 4, get_native_id()  # SIGEV_THREAD_ID
    timer = ctypes.c_void_p()
    libc.timer_create(time.CLOCK_MONOTONIC, event, ctypes.byref(timer))
    times = (ctypes.c_long * 4)(0, 200_000, 0, 200_000)
    libc.timer_settime(timer, 0, times, None)


def is_spared() -> bool:
    """On 3.11 an interpreter made in one thread and ended in another hangs once it has imported
    threading, whatever else it does; a session imports it there."""
    if sys.version_info >= (3, 12):
        return False
    import _xxsubinterpreters as interpreters

    return interpreters.get_current() != interpreters.get_main()


mode = "" if is_spared() else os.environ.get("LIBPROF_FROM_STARTUP")
if mode:
    import libprof
if mode == "traced":
    profiler = libprof.Profiler(name="startup").start()
elif mode == "sampled":
    profiler = libprof.Profiler("sample", interval=0.0002, name="startup").start()
elif mode == "idle":
    listen()
elif mode == "ticking":
    tick()
