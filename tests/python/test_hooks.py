# SPDX-License-Identifier: MIT
"""Hooks come, go, and leave other tools alone."""

from __future__ import annotations

import contextvars
import cProfile
import gc
import os
import pstats
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

import libprof
from libprof import _native
from tests.python.helpers import build_library, function_named, names, profile_of, run_python

HAS_MONITORING = sys.version_info >= (3, 12)


def leaf() -> None:
    pass


def work() -> None:
    for _ in range(100):
        leaf()


pytestmark = pytest.mark.usefixtures("unhooked")


# ---- coming and going ------------------------------------------------------------------------------


def test_hooks_stay_between_sessions() -> None:
    output = run_python("""
import libprof
from libprof import _native

print(*_native.status())
with libprof.Profiler():
    print(*_native.status())
print(*_native.status())
""")
    name = "sys.monitoring" if HAS_MONITORING else "PyEval_SetProfile"
    assert output.splitlines() == ["None 0", f"{name} 1", f"{name} 0"]


def test_session_that_begins_while_hooks_go() -> None:
    """Removing hooks runs audit hooks, and lets other threads run; a session begun there has hooks."""
    output = run_python(
        """
import sys
import libprof
from libprof import _native

armed = []
late = libprof.Profiler()

def audit(event, arguments):
    if armed and event in ("sys.monitoring.register_callback", "sys.setprofile"):
        armed.clear()
        late.start()

def leaf(): pass

with libprof.Profiler():
    leaf()
sys.addaudithook(audit)
armed.append(True)
_native.unhook()
assert not armed
leaf()
print([node.calls for node in late.stop().root.children if node.frame.name == "leaf"])
"""
    )
    assert output == "[1]\n"


def test_hooks_that_an_audit_hook_refuses() -> None:
    output = run_python(
        """
import sys
import libprof
from libprof import _native

armed = [True]

def audit(event, arguments):
    if armed and event in ("sys.monitoring.register_callback", "sys.setprofile"):
        armed.clear()
        raise PermissionError("not here")

sys.addaudithook(audit)
try:
    libprof.Profiler().start()
except PermissionError as error:
    print(error, _native.status())
with libprof.Profiler():
    pass
"""
    )
    assert output == "not here (None, 0)\n"


def test_unhook_is_refused_while_a_session_runs() -> None:
    with libprof.Profiler(), pytest.raises(RuntimeError, match="1 sessions are running"):
        _native.unhook()


def test_idle_hooks_go_by_themselves() -> None:
    """In a thread that is not the main one, too; a session that begins then brings them back."""
    output = run_python("""
import threading, time, libprof
from libprof import _native

def leaf(): pass

def wait():
    end = time.monotonic() + 30
    while _native.status()[0] is not None and time.monotonic() < end:
        leaf()

def session():
    with libprof.Profiler() as profiler:
        leaf()
    return [f.calls for f in profiler.profile.functions() if f.name == "leaf"]

print(session())
thread = threading.Thread(target=wait)
thread.start()
thread.join()
print(_native.status(), session())
""")
    assert output.splitlines() == ["[1]", "(None, 0) [1]"]


def test_hooks_outlast_a_pause_between_sessions_but_not_a_page() -> None:
    output = run_python("""
import libprof
from libprof import _native

def leaf(): pass

def calls(count):
    for _ in range(count): leaf()

with libprof.Profiler(): pass
calls(500)
print(_native.status()[0] is not None)
calls(10_000)
print(_native.status()[0] is not None)
""")
    assert output.split() == ["True", "False"]


def test_hooks_that_are_installed_too_often_stay_longer() -> None:
    output = run_python("""
import libprof
from libprof import _native

def leaf(): pass

def calls(count):
    for _ in range(count): leaf()

def sessions(count):
    for _ in range(count):
        _native.unhook()
        with libprof.Profiler(): pass

sessions(900)
calls(2_000)
print(_native.status()[0] is not None)
sessions(400)
calls(5_000)
print(_native.status()[0] is not None)
calls(30_000)
print(_native.status()[0] is not None)
""")
    assert output.split() == ["False", "True", "False"]


def test_hooks_may_be_installed_more_often_by_who_lives_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "later.so"
    build_library(library, str(Path(__file__).parent / "support" / "later.c"))
    monkeypatch.setenv("LD_PRELOAD", f"{os.environ.get('LD_PRELOAD', '')} {library}".strip())
    output = run_python(
        """
import ctypes, sys
import libprof
from libprof import _native

def leaf(): pass

def sessions_and_calls(sessions, calls):
    for _ in range(sessions):
        _native.unhook()
        with libprof.Profiler(): pass
    for _ in range(calls): leaf()

sessions_and_calls(1300, 5_000)
print(_native.status()[0] is not None)
ctypes.CDLL(sys.argv[1]).set_forward(ctypes.c_long(10 * 400))
sessions_and_calls(1, 5_000)
print(_native.status()[0] is not None)
""",
        str(library),
    )
    assert output.split() == ["True", "False"]


def test_builtins_are_switched_on_when_first_wanted() -> None:
    without = libprof.Profiler(builtins=False).start()
    leaf()
    len([])
    with libprof.Profiler(builtins=True) as wanting:
        len([])
    for _ in range(50):
        len([])
    without.stop()

    assert "builtins.len" in names(wanting.profile)
    assert "builtins.len" not in names(without.profile)
    assert without.profile.counters["unmatched"] < 10


# ---- other tools -----------------------------------------------------------------------------------


def events_of(target: Callable[[], object]) -> list[str]:
    seen: list[str] = []

    def hook(frame: object, event: str, argument: object) -> None:
        if getattr(frame, "f_code", None) is leaf.__code__:
            seen.append(event)

    sys.setprofile(hook)
    target()
    sys.setprofile(None)
    return seen


def test_a_profile_function_from_before_goes_on() -> None:
    profiles: list[libprof.Profile] = []

    seen = events_of(lambda: (leaf(), profiles.append(profile_of(work)), leaf()))

    assert seen == ["call", "return"] * 102
    assert function_named(profiles[0], "leaf").calls == 100


def test_a_profile_function_set_during_a_session_works() -> None:
    profiler = libprof.Profiler().start()
    seen = events_of(work)
    profiler.stop()

    assert seen == ["call", "return"] * 100
    if HAS_MONITORING:
        assert function_named(profiler.profile, "leaf").calls == 100


def test_a_saved_profile_function_can_be_put_back() -> None:
    """What tools do that take the thread for a while."""
    with libprof.Profiler() as profiler:
        saved = sys.getprofile()
        sys.setprofile(lambda *event: None)
        sys.setprofile(saved)
        leaf()  # on 3.11 the first event brings our hook back
        work()
    sys.setprofile(None)

    assert function_named(profiler.profile, "leaf").calls >= 100


def test_a_saved_profile_function_put_back_too_late() -> None:
    with libprof.Profiler():
        saved = sys.getprofile()
    _native.unhook()
    sys.setprofile(saved)
    work()
    assert sys.getprofile() is None


def cprofile_calls(profile: cProfile.Profile, name: str) -> int:
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return sum(value[1] for key, value in stats.items() if key[2] == name)


@pytest.mark.parametrize("order", ["before", "during", "around"])
def test_cprofile(order: str) -> None:
    other = cProfile.Profile()
    profiler = libprof.Profiler()
    if order == "before":
        other.enable()
        work()
        other.disable()
        profiler.start()
        work()
    elif order == "during":
        profiler.start()
        work()
        other.enable()
        work()
        other.disable()
    else:
        other.enable()
        profiler.start()
        work()
        profiler.stop()
        other.disable()
    if profiler.running:
        profiler.stop()

    assert cprofile_calls(other, "leaf") == 100
    expected = 200 if order == "during" and HAS_MONITORING else 100
    assert function_named(profiler.profile, "leaf").calls == expected


def test_threads_started_before_and_during_hooks() -> None:
    """Each joins by attach(): threads of any age give events."""
    go, stop = threading.Event(), threading.Event()
    profiler = libprof.Profiler()

    def attach_and_work() -> None:
        go.wait(10)
        profiler.attach()
        work()

    early = threading.Thread(target=attach_and_work)
    early.start()
    profiler.start()
    late = threading.Thread(target=attach_and_work)
    late.start()
    go.set()
    early.join()
    late.join()
    stop.set()
    profiler.stop()

    assert function_named(profiler.profile, "leaf").calls == 200


# ---- ends ------------------------------------------------------------------------------------------


def test_session_dropped_while_it_runs() -> None:
    def drop() -> None:
        context = contextvars.copy_context()
        context.run(lambda: libprof.Profiler().start())

    drop()
    gc.collect()
    assert _native.status()[1] == 0


def test_session_in_a_cycle_dropped_while_it_runs() -> None:
    class Holder:
        profiler: libprof.Profiler
        myself: Holder

    def drop() -> weakref.ref[Holder]:
        holder = Holder()
        holder.myself = holder
        holder.profiler = libprof.Profiler()
        contextvars.copy_context().run(holder.profiler.start)
        return weakref.ref(holder)

    dropped = drop()
    gc.collect()
    assert dropped() is None
    assert _native.status()[1] == 0


def test_context_in_a_cycle_dropped_while_a_session_runs_in_it() -> None:
    """The session holds classes whose methods were called, and one of them may hold the context."""

    def drop() -> None:
        class Own(list[int]):
            context = contextvars.copy_context()

        Own.context.run(lambda: (libprof.Profiler().start(), Own().append(1)))

    drop()
    gc.collect()
    assert _native.status()[1] == 0


@pytest.mark.parametrize("builtins", [True, False])
def test_interpreter_ends_while_a_session_runs(builtins: bool) -> None:
    output = run_python(f"""
import atexit, threading, libprof, gc

class Loud:
    def __del__(self):
        sorted([2, 1], key=lambda n: n)

loud = Loud()
loud.cycle = loud
profiler = libprof.Profiler(builtins={builtins}).start()
atexit.register(lambda: print("at exit", profiler.running))
def forever():
    while True:
        len([1])
threading.Thread(target=forever, daemon=True).start()
print("end")
""")
    assert output.splitlines() == ["end", "at exit True"]


def test_stop_while_the_interpreter_ends() -> None:
    output = run_python("""
import atexit, libprof
profiler = libprof.Profiler().start()
def leaf(): pass
def finish():
    leaf()
    print(sorted({f.name for f in profiler.stop().functions()} & {"leaf", "finish"}))
atexit.register(finish)
""")
    assert output == "['finish', 'leaf']\n"


def test_stop_by_a_finalizer_of_the_module() -> None:
    output = run_python("""
import libprof
class Last:
    def __init__(self): self.profiler = libprof.Profiler().start()
    def __del__(self): print(self.profiler._session.stop() is not None)
last = Last()
""")
    assert output == "True\n"


def test_fork_in_a_session() -> None:
    """It goes on in both processes, though the child's CPU clock begins anew."""
    output = run_python("""
import os, time, libprof
def leaf(): pass
def busy():
    begin = time.thread_time_ns()
    for _ in range(10):
        n = 0
        while n < 100_000: n += 1  # a long gap without events
        leaf()
    return time.thread_time_ns() - begin
busy()
profiler = libprof.Profiler().start()
leaf()
child = os.fork()
for _ in range(100): leaf()
spent = busy()
profile = profiler.stop()
calls = [f.calls for f in profile.functions() if f.name == "leaf"]
with libprof.Profiler() as again: leaf()
assert any(f.name == "leaf" for f in again.profile.functions())
assert spent * 0.7 <= profile.cpu_ns <= profile.wall_ns * 1.01, profile.cpu_ns
if child == 0:
    os._exit(0 if calls == [111] else 1)
print(calls, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""")
    assert output == "[111] 0\n"


# ---- nothing is left -------------------------------------------------------------------------------


def test_references_are_given_back() -> None:
    class Local:
        def method(self) -> None:
            leaf()

    def local() -> None:
        Local().method()
        sorted([2, 1], key=lambda n: n)
        bound()
        [].append(1)

    bound = Local().method
    watched: list[object] = [leaf, leaf.__code__, local.__code__, Local, bound, len, sorted, list]
    profile_of(local)
    before = [sys.getrefcount(thing) for thing in watched]
    for _ in range(50):
        profile_of(local)
    assert [sys.getrefcount(thing) for thing in watched] == before


def test_thousands_of_sessions_leave_memory_flat() -> None:
    output = run_python("""
import libprof
from tests.python.helpers import resident_bytes

def leaf(): pass

def session():
    profiler = libprof.Profiler(metadata={"key": "value"})
    profiler.start()
    sorted(range(50), key=lambda n: leaf() or n)
    exec("def made(): pass\\nmade()", {})
    with libprof.span("span", kind="sql"):
        leaf()
    libprof.Profile.from_bytes(profiler.stop().to_bytes())

for _ in range(300): session()
before = resident_bytes()
for _ in range(1500): session()
print(resident_bytes() - before)
""")
    assert int(output) < 1 << 20


def test_python_objects_of_sessions_are_freed() -> None:
    def count() -> int:
        gc.collect()
        return len(gc.get_objects())

    def session() -> None:
        exec("def made(): pass\nmade()", {})
        work()

    profile_of(session)
    before = count()
    for _ in range(20):
        profile_of(session)
    assert count() - before < 20
