# SPDX-License-Identifier: MIT
"""Hooks that could not be had, or that others have taken: had back where possible, and counted."""

from __future__ import annotations

import contextvars
import cProfile
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

import libprof
from libprof import _native
from tests.python.helpers import function_named, names, run_python

HAS_MONITORING = sys.version_info >= (3, 12)


def leaf() -> None:
    pass


def lost(profiler: libprof.Profiler) -> int:
    return profiler.profile.counters["hooks_lost"]


@pytest.fixture(autouse=True)
def _unhooked() -> Iterator[None]:
    _native.unhook()
    yield
    _native.unhook()
    assert _native.status() == (None, 0)


# ---- changes that are refused ----------------------------------------------------------------------

SECOND_SESSION = """
import sys, threading
import libprof
from libprof import _native

CHANGES = ("sys.monitoring.register_callback", "sys.setprofile")
second = libprof.Profiler()
begin, go_on = threading.Event(), threading.Event()
armed = [True]

def leaf(): pass

with libprof.Profiler():  # the first session of a process measures, and others wait for it
    pass
_native.unhook()

def other_thread():
    begin.wait(10)
    second.start()
    go_on.wait(10)
    leaf()
    second.stop()

thread = threading.Thread(target=other_thread)
"""


@pytest.mark.parametrize("refusals", [1, 1000])
def test_session_that_starts_while_an_install_fails(refusals: int) -> None:
    """Another thread's start comes in the middle: it has hooks, or its profile says that it had none."""
    output = run_python(
        SECOND_SESSION
        + f"""
refusals = [{refusals}]

def audit(event, arguments):
    if armed and event in CHANGES and threading.current_thread() is threading.main_thread():
        begin.set()
        while not second.running: pass
        if refusals[0]:
            refusals[0] -= 1
            raise PermissionError("not here")

thread.start()
sys.addaudithook(audit)
try:
    libprof.Profiler().start()
except PermissionError as error:
    print(error, _native.status()[1])
armed.clear()
go_on.set()
thread.join()
counters = second.profile.counters
seen = any(f.name == "leaf" for f in second.profile.functions())
print(seen, counters["hooks_lost"] > 0)
with libprof.Profiler() as later:
    leaf()
print([f.calls for f in later.profile.functions() if f.name == "leaf"])
"""
    )
    expected = "True False" if refusals == 1 else "False True"
    assert output.splitlines() == ["not here 1", expected, "[1]"]


def test_session_that_starts_while_hooks_go_and_cannot_have_them_back() -> None:
    output = run_python(
        SECOND_SESSION
        + """
def audit(event, arguments):
    if armed and event in CHANGES:
        if not second.running:
            second.start()
        else:
            raise PermissionError("not here")

with libprof.Profiler():
    pass
sys.addaudithook(audit)
_native.unhook()
armed.clear()
leaf()
print(second.stop().counters["hooks_lost"] > 0)
with libprof.Profiler() as later:
    leaf()
print([f.calls for f in later.profile.functions() if f.name == "leaf"], later.profile.counters["hooks_lost"])
"""
    )
    assert output.splitlines() == ["True", "[1] 0"]


@pytest.mark.parametrize("change", ["install", "remove"])
def test_fork_while_another_thread_changes_the_hooks(change: str) -> None:
    """The child has nobody to end the change; its sessions have hooks all the same.

    Only CPython 3.11, in whose own function for hooks the thread was, refuses: that is said, too.
    """
    output = run_python(
        SECOND_SESSION
        + f"""
import os, warnings
warnings.simplefilter("ignore")  # a fork with threads
inside = threading.Event()
changer = threading.Thread(target=(libprof.Profiler().start if {change!r} == "install" else _native.unhook))

def audit(event, arguments):
    if armed and event in CHANGES and threading.current_thread() is changer:
        armed.clear()
        inside.set()
        go_on.wait(10)

if {change!r} == "remove":
    with libprof.Profiler():
        pass
sys.addaudithook(audit)
changer.start()
inside.wait(10)
child = os.fork()
if child:
    go_on.set()
    changer.join()
try:
    with libprof.Profiler() as profiler:
        leaf()
    right = [f.calls for f in profiler.profile.functions() if f.name == "leaf"] == [1]
    right = right and profiler.profile.counters["hooks_lost"] == 0
except RuntimeError as error:
    right = child == 0 and sys.version_info < (3, 12) and "is being installed" in str(error)
if not child:
    os._exit(0 if right else 1)
print(right, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    )
    assert output == "True 0\n"


# ---- taken by others: sys.monitoring ---------------------------------------------------------------


def our_tool_id() -> int:
    return next(n for n in range(6) if sys.monitoring.get_tool(n) == "libprof")


if HAS_MONITORING:

    @pytest.mark.parametrize("take", ["free", "events"])
    def test_a_tool_id_that_somebody_else_takes(take: str) -> None:
        profiler = libprof.Profiler().start()
        if take == "free":
            sys.monitoring.free_tool_id(our_tool_id())
        else:
            sys.monitoring.set_events(our_tool_id(), 0)
        with libprof.Profiler() as later:
            leaf()
        leaf()
        profiler.stop()

        survives = take == "free" and sys.version_info < (3, 14)  # its events go on
        assert lost(profiler) == (0 if survives else 1)
        assert lost(later) == 0
        assert function_named(later.profile, "leaf").calls == 1
        assert function_named(profiler.profile, "leaf").calls == 1

    def test_a_tool_id_that_is_gone_at_the_end() -> None:
        with libprof.Profiler() as profiler:
            sys.monitoring.free_tool_id(our_tool_id())
            leaf()

        assert (lost(profiler) == 1) == ("leaf" not in names(profiler.profile))
        with libprof.Profiler() as later:
            leaf()
        assert function_named(later.profile, "leaf").calls == 1

    def test_a_tool_id_that_has_become_somebody_elses_is_left_to_them() -> None:
        with libprof.Profiler():
            tool = our_tool_id()
            sys.monitoring.free_tool_id(tool)
            sys.monitoring.use_tool_id(tool, "somebody")
        _native.unhook()

        assert sys.monitoring.get_tool(tool) == "somebody"
        for event in (sys.monitoring.events.PY_START, sys.monitoring.events.CALL):
            assert sys.monitoring.register_callback(tool, event, None) is None
        sys.monitoring.free_tool_id(tool)


# ---- taken by others: profile functions ------------------------------------------------------------


@pytest.fixture
def _by_thread() -> Iterator[None]:
    """Hooks of threads: on 3.12 and newer what is used when no id of sys.monitoring is free."""
    taken = [n for n in range(6) if sys.monitoring.get_tool(n) is None] if HAS_MONITORING else []
    for number in taken:
        sys.monitoring.use_tool_id(number, "somebody")
    yield
    _native.unhook()
    for number in taken:
        sys.monitoring.free_tool_id(number)


def use_cprofile() -> None:
    other = cProfile.Profile()
    try:
        other.enable()
        other.disable()
    except ValueError:  # 3.12 and newer: no id is free for it
        sys.setprofile(None)


def use_a_python_function() -> None:
    sys.setprofile(lambda *event: None)
    sys.setprofile(None)


def use_nothing() -> None:
    sys.setprofile(None)


takers = pytest.mark.parametrize("take", [use_cprofile, use_a_python_function, use_nothing])


@pytest.mark.usefixtures("_by_thread")
def test_nothing_is_lost_when_nobody_takes_it() -> None:
    with libprof.Profiler() as profiler:
        leaf()
        thread = threading.Thread(target=contextvars.copy_context().run, args=(leaf,))
        thread.start()
        thread.join()
        status = _native.status()

    assert status == ("PyEval_SetProfile", 1)
    assert lost(profiler) == 0


@takers
@pytest.mark.usefixtures("_by_thread")
def test_a_thread_that_others_take_is_counted(take: Callable[[], None]) -> None:
    with libprof.Profiler() as profiler:
        take()
        leaf()

    assert lost(profiler) == 1
    assert "leaf" not in names(profiler.profile)


@takers
@pytest.mark.usefixtures("_by_thread")
def test_the_next_session_has_the_thread_back(take: Callable[[], None]) -> None:
    """And so has the one that lost it, which says that it had lost it."""
    with libprof.Profiler() as profiler:
        take()
        with libprof.Profiler() as inner:
            leaf()
        leaf()

    assert lost(profiler) == 1
    assert lost(inner) == 0
    assert function_named(inner.profile, "leaf").calls == 1
    assert function_named(profiler.profile, "leaf").calls == 1


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.usefixtures("_by_thread")
def test_another_thread_that_others_take(ended: bool) -> None:
    taken, go_on = threading.Event(), threading.Event()

    def work() -> None:
        leaf()
        use_nothing()
        taken.set()
        go_on.wait(10)

    profiler = libprof.Profiler().start()
    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    thread.start()
    taken.wait(10)
    if ended:
        go_on.set()
        thread.join()
    profiler.stop()
    go_on.set()
    thread.join()

    assert lost(profiler) == 1


@pytest.mark.usefixtures("_by_thread")
def test_a_foreign_thread_that_others_take_is_no_loss() -> None:
    taken, go_on = threading.Event(), threading.Event()

    def work() -> None:
        use_nothing()
        taken.set()
        go_on.wait(10)

    thread = threading.Thread(target=contextvars.Context().run, args=(work,))
    with libprof.Profiler() as profiler:
        thread.start()
        taken.wait(10)
    go_on.set()
    thread.join()

    assert lost(profiler) == 0
