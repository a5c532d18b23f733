# SPDX-License-Identifier: MIT
"""What hooks cost is measured once in a process, and nobody's profile shows that it was."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

import libprof
from libprof import _native, calibration
from libprof.calibration_programs import TREE, calls_in, resumes_in
from tests.python.helpers import run_python
from tests.python.test_module import IN_INTERPRETER

#: In a process of its own: counts the measurements, and tells calibration's own code by its file.
COUNTED = """
import sys
import libprof
from libprof import _native, calibration

measured = []
costs_of = calibration._Calibration.costs

def counted(self, *, builtins):
    measured.append(builtins)
    return costs_of(self, builtins=builtins)

calibration._Calibration.costs = counted

def session(**options):
    with libprof.Profiler(**options) as profiler:
        leaf()
    return profiler.profile

def leaf():
    pass

def files(profile):
    return {frame.file for frame in profile.frames} | {frame.name for frame in profile.frames}

#: On 3.11 all sessions see events of builtins, so there is one mode.
DIFFER = sys.version_info >= (3, 12)

FOREIGN = {"<libprof calibration>", "nothing", "generator", "calls", "generators", "calibration"}
"""


@pytest.mark.parametrize("first", [False, True])
def test_costs_are_measured_once_in_each_mode(first: bool) -> None:
    output = run_python(
        COUNTED
        + f"""
first = {first}
assert _native.costs(False) is None and _native.costs(True) is None
for _ in range(3):
    session(builtins=first)
known = _native.costs(first or not DIFFER)
assert known is not None
assert _native.costs(not first) is None or not DIFFER
for _ in range(3):
    session(builtins=not first)
    session(builtins=first)
assert _native.costs(first or not DIFFER) == known
print(measured == ([first, not first] if DIFFER else [True]))
"""
    )
    assert output == "True\n"


def test_importing_measures_nothing() -> None:
    assert run_python(COUNTED + "print(_native.status(), measured)") == "(None, 0) []\n"


@pytest.mark.parametrize("builtins", [False, True])
def test_costs_are_those_of_calls(builtins: bool) -> None:
    """More than nothing, and less than a microsecond a call, however slow the machine is."""
    output = run_python(
        COUNTED
        + f"""
session(builtins=not {builtins})  # measured first: nothing of it may be left
session(builtins={builtins})
print(*_native.costs({builtins} or not DIFFER))
"""
    )
    costs = [float(text) for text in output.split()]
    call, resume, builtin, span = (sum(costs[i : i + 2]) for i in range(0, 8, 2))
    assert all(cost >= 0 for cost in costs)
    assert 5 < call < 20_000
    assert 5 < resume < 20_000
    assert 5 < span < 50_000
    has_builtins = builtins or sys.version_info < (3, 12)
    assert (5 < builtin < 20_000) if has_builtins else builtin == 0


def test_costs_in_trees_are_found_again() -> None:
    """Times are made of known costs; what a call costs inside of it is as in the loops."""
    call, resume, far, slow = 50.0, 60.0, 8.0, 1.5
    calls = calls_in(TREE) - 1
    resumes = resumes_in(TREE) - 1
    plain = {"call_tree": 300.0, "resume_tree": 900.0, "far_tree": 950.0}
    added = {
        "call_tree": calls * call,
        "resume_tree": calls * call + resumes * resume,
        "far_tree": calls * (call + far) + resumes * (resume + 2 * far),
    }

    class Known(calibration._Calibration):
        def __init__(self) -> None:
            self.plain_trees = plain

        def _hooked_trees(self, *, builtins: bool) -> dict[str, float]:
            return {name: slow * plain[name] + added[name] for name in plain}

    loops = {"call": calibration.Cost(20.0, 99.0), "resume": calibration.Cost(70.0, 99.0)}
    costs = Known()._costs_in_trees(slow, loops, builtins=True)
    assert costs["call"] == pytest.approx((20, 30))
    assert costs["resume"] == pytest.approx((70, 0)), "never below nothing"
    assert costs["far"] == pytest.approx((4, 4))


def test_what_runs_without_hooks_is_timed_when_no_session_runs() -> None:
    """While one does, it cannot be told; the hooks that it leaves behind are removed."""
    output = run_python(
        COUNTED
        + """
running = _native.Session(builtins=True)
running.start("", 100)
assert session().wall_ns > 0
assert measured == [] and _native.costs(True) is None
running.stop()
assert _native.status()[0] is not None, "hooks stay for a while"
session()
session()
print(measured, _native.costs(True) is not None)
"""
    )
    assert output == "[True] True\n"


def test_hooks_without_builtins_are_timed_when_no_session_runs() -> None:
    """As long as events of builtins are on, sessions pay for them, and their cost is taken out."""
    output = run_python(
        COUNTED
        + """
with libprof.Profiler(builtins=True):
    session(builtins=False)
    assert measured == [True] and _native.costs(False) is None
session(builtins=False)
print(measured == ([True, False] if DIFFER else [True]))
"""
    )
    assert output == "True\n"


def test_a_mode_can_be_measured_while_the_other_runs() -> None:
    """Plain code was timed before the first hook, so the second mode does not have to wait."""
    output = run_python(
        COUNTED
        + """
with libprof.Profiler(builtins=False) as outer:
    inner = session(builtins=True)
    leaf()
assert not FOREIGN & (files(outer.profile) | files(inner))
assert outer.profile.overhead_ns > 0
assert measured == ([False, True] if DIFFER else [True])
print([f.calls for f in outer.profile.functions() if f.name == "leaf"])
"""
    )
    assert output == "[1]\n"


def test_the_first_session_may_begin_in_a_running_task() -> None:
    output = run_python(
        COUNTED
        + """
import asyncio

async def request(number):
    await asyncio.sleep(0)
    profile = session(builtins=number % 2 == 0)
    await asyncio.sleep(0)
    return profile

async def main():
    with libprof.Profiler(builtins=False) as whole:
        profiles = await asyncio.gather(*map(request, range(4)))
    return [whole.profile, *profiles]

async def first():
    return [await request(0), *await main()]

profiles = asyncio.run(first())
for profile in profiles:
    assert not FOREIGN & files(profile), files(profile)
    assert any(frame.name == "leaf" for frame in profile.frames) or profile is profiles[1]
print(sorted(measured) == ([False, True] if DIFFER else [True]))
"""
    )
    assert output == "True\n"


def test_measuring_leaves_the_context_as_it_was() -> None:
    output = run_python(
        COUNTED
        + """
import contextvars
variable = contextvars.ContextVar("variable")
variable.set("mine")
before = dict(contextvars.copy_context())
session()
assert dict(contextvars.copy_context()).items() >= before.items()
print(variable.get(), _native.status()[1])
"""
    )
    assert output == "mine 0\n"


@pytest.mark.parametrize("isolated", [True, False] if sys.version_info >= (3, 12) else [False])
def test_each_interpreter_measures_for_itself(isolated: bool) -> None:
    """Its hooks are its own, and so is what they cost."""
    inside = COUNTED + "session(); session(); assert measured == [True]; print(measured)"
    output = run_python(
        IN_INTERPRETER
        + COUNTED
        + f"""
session(builtins=False)
here = list(measured)
in_interpreter({inside!r}, {isolated})
assert measured == here and (_native.costs(True) is None or not DIFFER)
session()
print(measured == (here + [True] if DIFFER else [True]))
"""
    )
    assert output == "[True]\nTrue\n"


def test_a_forked_child_knows_the_costs_already() -> None:
    output = run_python(
        COUNTED
        + """
import os
session()
costs = _native.costs(True)
pid = os.fork()
if pid == 0:
    session()
    os._exit(0 if measured == [True] and _native.costs(True) == costs else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    )
    assert output == "0\n"


# ---- side by side ----------------------------------------------------------------------------------

THREADS = """
import threading
threads = []

def in_thread(function):
    threads.append(threading.Thread(target=function))
    threads[-1].start()

def join():
    for thread in threads:
        thread.join()
"""


def test_threads_wait_for_the_one_that_measures() -> None:
    """Their hooks would be in its measure of what runs without."""
    output = run_python(
        COUNTED
        + THREADS
        + """
sys.setswitchinterval(1e-6)
start = threading.Barrier(8)
hooked = []

class Watched(calibration._Calibration):
    def __init__(self):
        super().__init__()
        hooked.append(_native.status()[0])

calibration._calibration = calibration.functools.cache(Watched)

def request():
    start.wait()
    session()

for _ in range(8):
    in_thread(request)
join()
print(measured, hooked)
"""
    )
    assert output == "[True] [None]\n"


def test_a_session_that_begins_inside_the_measurement() -> None:
    """A finalizer or a signal handler may start one: it waits for nobody, least of all for itself."""
    output = run_python(
        COUNTED
        + """
inside = []

def interrupted(self, *, builtins):
    inside.append(session())
    return costs_of(self, builtins=builtins)

calibration._Calibration.costs = interrupted
session()
(profile,) = inside
print([f.calls for f in profile.functions() if f.name == "leaf"], _native.costs(True) is not None)
"""
    )
    assert output == "[1] True\n"


def test_a_child_forked_while_another_thread_measures() -> None:
    """That thread is not in the child: nobody there waits for it."""
    output = run_python(
        COUNTED
        + THREADS
        + """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # about threads and fork: that is the point
measuring, forked = threading.Event(), threading.Event()

def slowly(self, *, builtins):
    measuring.set()
    forked.wait()
    return costs_of(self, builtins=builtins)

calibration._Calibration.costs = slowly
in_thread(session)
measuring.wait()
pid = os.fork()
if pid == 0:
    calibration._Calibration.costs = costs_of
    os._exit(0 if session().wall_ns > 0 and _native.costs(True) is not None else 1)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
forked.set()
join()
print(status, _native.costs(True) is not None)
"""
    )
    assert output == "0 True\n"


@pytest.mark.parametrize("tool", ["sys.setprofile", "sys.settrace"])
def test_measuring_beside_another_tool(tool: str) -> None:
    """It slows both what is hooked and what is not; the tool goes on working."""
    output = run_python(
        COUNTED
        + f"""
events = []
{tool}(lambda frame, event, argument: events.append(frame.f_code.co_name))
session()
leaf()
{tool}(None)
assert "leaf" in events
costs = _native.costs(True)
print(measured, all(0 <= cost < 1e6 for cost in costs))
"""
    )
    assert output == "[True] True\n"


def test_audit_hooks_may_refuse_the_measurement() -> None:
    """As they may refuse a session: both need the same hooks."""
    output = run_python(
        COUNTED
        + """
refusing = [True]

def audit(event, arguments):
    if refusing and event in ("sys.monitoring.register_callback", "sys.setprofile"):
        raise RuntimeError("not here")

sys.addaudithook(audit)
try:
    session()
except RuntimeError as error:
    print(error)
refusing.clear()
assert session().wall_ns > 0
print(_native.costs(True) is not None, _native.status()[1])
"""
    )
    assert output == "not here\nTrue 0\n"


# ---- costs by hand --------------------------------------------------------------------------------


@pytest.fixture
def _costs() -> Iterator[None]:
    """The costs that were measured come back."""
    with libprof.Profiler(builtins=False), libprof.Profiler():
        pass
    before = {builtins: _native.costs(builtins) for builtins in (False, True)}
    yield
    for builtins, costs in before.items():
        _native.set_costs(builtins, *(costs or [0.0] * 11))


@pytest.mark.usefixtures("_costs")
def test_costs_are_kept_by_mode() -> None:
    _native.set_costs(False, *range(11))
    _native.set_costs(True, *range(11, 22))
    assert _native.costs(False) == tuple(range(11))
    assert _native.costs(True) == tuple(range(11, 22))
    calibration.ensure(builtins=True)
    assert _native.costs(True) == tuple(range(11, 22)), "what is known is not measured again"


@pytest.mark.parametrize("costs", [(), (1,), range(12), (*range(10), "x"), (*range(10), None)])
@pytest.mark.usefixtures("_costs")
def test_costs_are_eleven_numbers(costs: tuple[object, ...]) -> None:
    before = _native.costs(True)
    with pytest.raises(TypeError):
        _native.set_costs(True, *costs)  # type: ignore[arg-type]
    assert _native.costs(True) == before
