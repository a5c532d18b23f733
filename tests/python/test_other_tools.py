# SPDX-License-Identifier: MIT
"""Debuggers, tracers, coverage and other profilers work beside a session, and it beside them."""

from __future__ import annotations

import bdb
import contextlib
import cProfile
import pstats
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import Any

import pytest

import libprof
from libprof import _native
from tests.python.counter import IndependentCounter
from tests.python.helpers import function_named, mixed_paths, python_paths
from tests.python.targets import generated

HAS_MONITORING = sys.version_info >= (3, 12)


def leaf(n: int = 0) -> int:
    return n


def numbers(n: int) -> Iterator[int]:
    for i in range(n):
        yield leaf(i)


def work() -> None:
    for _ in range(3):
        leaf()
    list(numbers(4))
    sorted([3, 1, 2], key=leaf)
    with contextlib.suppress(KeyError):
        raise KeyError
    leaf()


LEAF_CALLS = 11


pytestmark = pytest.mark.usefixtures("unhooked")


def check_work(profile: libprof.Profile) -> None:
    assert function_named(profile, "leaf").calls == LEAF_CALLS
    assert function_named(profile, "numbers").calls == 1


def profiled(function: Callable[[], object], profiles: list[libprof.Profile]) -> Callable[[], None]:
    def inside() -> None:
        with libprof.Profiler() as profiler:
            function()
        profiles.append(profiler.profile)

    return inside


# ---- tools that see every line ---------------------------------------------------------------------


@contextlib.contextmanager
def traced(*, opcodes: bool) -> Iterator[None]:
    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename != generated.FILE:
            return None
        frame.f_trace_opcodes = opcodes
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    yield
    sys.settrace(before)


@contextlib.contextmanager
def monitored(*names: str) -> Iterator[None]:
    monitoring = sys.monitoring
    tool = next(number for number in (5, 3, 0) if monitoring.get_tool(number) is None)
    monitoring.use_tool_id(tool, "somebody")
    events = [getattr(monitoring.events, name) for name in names]
    for event in events:
        monitoring.register_callback(tool, event, lambda *arguments: None)
    monitoring.set_events(tool, sum(events))
    yield
    monitoring.set_events(tool, 0)
    monitoring.free_tool_id(tool)


@contextlib.contextmanager
def all_ids_taken() -> Iterator[None]:
    """Then sessions have their events by PyEval_SetProfile, as on 3.11."""
    taken = [number for number in range(6) if sys.monitoring.get_tool(number) is None]
    for number in taken:
        sys.monitoring.use_tool_id(number, "somebody")
    yield
    for number in taken:
        sys.monitoring.free_tool_id(number)


Tool = Callable[[], AbstractContextManager[None]]

TOOLS: dict[str, Tool] = {
    "lines": lambda: traced(opcodes=False),
    "opcodes": lambda: traced(opcodes=True),
}
if HAS_MONITORING:
    TOOLS |= {
        "LINE": lambda: monitored("LINE"),
        "INSTRUCTION": lambda: monitored("INSTRUCTION"),
        "all": lambda: monitored("LINE", "INSTRUCTION", "PY_START", "CALL", "RAISE", "JUMP"),
    }
BACKENDS = ["usual", "by-thread"] if HAS_MONITORING else ["usual"]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("group", ["own", "throws"])
def test_counts_beside_a_tracer(group: str, tool: str, backend: str) -> None:
    """They rewrite the instructions by which starts, resumptions and throws are told apart."""
    main = generated.main_of(generated.each_statement(group))
    profiler = libprof.Profiler()
    with IndependentCounter(generated.FILE) as counter, TOOLS[tool]():
        with nullcontext() if backend == "usual" else all_ids_taken():
            profiler.start()
        main()
        profiler.stop()

    profile = profiler.profile
    assert python_paths(profile, generated.FILE) == counter.paths
    if backend == "usual":
        assert mixed_paths(profile, generated.FILE) == counter.mixed


class Debugger(bdb.Bdb):
    """Steps through this file and writes down what it comes by."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.seen: list[tuple[str, str, int]] = []

    def note(self, what: str, frame: FrameType) -> None:
        name = frame.f_code.co_name
        if frame.f_code.co_filename == __file__ and name not in ("begin", "inside"):
            self.seen.append((what, name, frame.f_lineno))
        self.set_step()

    def user_call(self, frame: FrameType, argument_list: Any) -> None:
        self.note("call", frame)

    def user_line(self, frame: FrameType) -> None:
        self.note("line", frame)

    def user_return(self, frame: FrameType, return_value: Any) -> None:
        self.note("return", frame)

    def user_exception(self, frame: FrameType, exc_info: Any) -> None:
        self.note("exception", frame)


def debugged(function: Callable[[], object], **options: Any) -> list[tuple[str, str, int]]:
    def begin() -> None:
        function()

    debugger = Debugger(**options)
    before = sys.gettrace()
    debugger.runcall(begin)
    sys.settrace(before)
    return debugger.seen


DEBUGGERS: list[dict[str, Any]] = [{}]
if sys.version_info >= (3, 14):
    DEBUGGERS = [{"backend": "settrace"}, {"backend": "monitoring"}]


@pytest.mark.parametrize("options", DEBUGGERS, ids=str)
@pytest.mark.parametrize("order", ["session inside", "session around", "session first"])
def test_a_debugger_steps_as_ever(order: str, options: dict[str, Any]) -> None:
    alone = debugged(work, **options)
    profiles: list[libprof.Profile] = []
    if order == "session inside":
        seen = debugged(profiled(work, profiles), **options)
    elif order == "session around":
        with libprof.Profiler() as profiler:
            seen = debugged(work, **options)
        profiles.append(profiler.profile)
    else:
        libprof.Profiler().start().stop()  # the hooks are still there
        seen = debugged(work, **options)

    assert {what for what, *_ in alone} >= {"call", "line", "return", "exception"}
    assert seen == alone
    for profile in profiles:
        check_work(profile)
    assert debugged(work, **options) == alone


# ---- profilers -------------------------------------------------------------------------------------


def cprofile_calls(profile: cProfile.Profile, name: str) -> int:
    rows = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return sum(row[1] for key, row in rows.items() if key[2] == name)


def test_cprofile_that_ends_during_a_session() -> None:
    """On 3.11 it takes the thread along when it goes, and the session says so."""
    other, profiler = cProfile.Profile(), libprof.Profiler()
    other.enable()
    profiler.start()
    work()
    other.disable()
    work()
    profile = profiler.stop()

    assert cprofile_calls(other, "leaf") == LEAF_CALLS
    assert function_named(profile, "leaf").calls == LEAF_CALLS * (2 if HAS_MONITORING else 1)
    assert profile.counters["hooks_lost"] == (0 if HAS_MONITORING else 1)


def test_cprofile_around_many_sessions() -> None:
    other = cProfile.Profile()
    profiles: list[libprof.Profile] = []
    other.enable()
    for _ in range(3):
        profiled(work, profiles)()
        _native.unhook()
        work()
    other.disable()

    assert cprofile_calls(other, "leaf") == 6 * LEAF_CALLS
    for profile in profiles:
        check_work(profile)


def test_profile_functions_of_threads_that_start_during_a_session() -> None:
    import threading

    seen: Counter[str] = Counter()

    def hook(frame: FrameType, event: str, argument: object) -> None:
        if frame.f_code is leaf.__code__:
            seen[event] += 1

    threading.setprofile(hook)
    try:
        with libprof.Profiler() as profiler:

            def inside() -> None:
                profiler.attach()
                work()

            thread = threading.Thread(target=inside)
            thread.start()
            thread.join()
    finally:
        threading.setprofile(None)

    assert seen == {"call": LEAF_CALLS, "return": LEAF_CALLS}
    check_work(profiler.profile)


# ---- users of sys.monitoring -----------------------------------------------------------------------

if HAS_MONITORING:
    EVENTS = ("PY_START", "PY_RETURN", "PY_YIELD", "PY_RESUME", "LINE", "CALL", "RAISE", "C_RETURN")

    class User:
        """Some tool with all kinds of events; it disables what it has seen of lines."""

        def __init__(self, number: int) -> None:
            self.number = number
            self.seen: Counter[str] = Counter()

        def __enter__(self) -> User:
            monitoring = sys.monitoring
            monitoring.use_tool_id(self.number, "somebody")
            for name in EVENTS:
                event = getattr(monitoring.events, name)
                monitoring.register_callback(self.number, event, self.callback(name))
            asked = [name for name in EVENTS if name != "C_RETURN"]  # it comes with CALL
            monitoring.restart_events()
            monitoring.set_events(
                self.number, sum(getattr(monitoring.events, name) for name in asked)
            )
            return self

        def callback(self, name: str) -> Callable[..., object]:
            def on_event(code: Any, *arguments: Any) -> object:
                if code.co_filename == __file__ and code.co_name in ("work", "leaf", "numbers"):
                    self.seen[name] += 1
                return sys.monitoring.DISABLE if name == "LINE" else None

            return on_event

        def __exit__(self, *error: object) -> None:
            sys.monitoring.set_events(self.number, 0)
            sys.monitoring.free_tool_id(self.number)

    FREE = [number for number in range(6) if sys.monitoring.get_tool(number) is None]

    @pytest.mark.parametrize("number", FREE)
    @pytest.mark.parametrize("order", ["first", "later"])
    def test_a_user_of_any_id(order: str, number: int) -> None:
        with User(number) as alone:
            work()
        profiler = libprof.Profiler()
        if order == "first":
            with User(number) as beside:
                profiler.start()
                work()
                profiler.stop()
        else:
            taken = sys.monitoring.get_tool(number)
            profiler.start()
            if sys.monitoring.get_tool(number) != taken:
                profiler.stop()  # the id is ours now, and refused to others as is usual
                with pytest.raises(ValueError, match="in use"):
                    sys.monitoring.use_tool_id(number, "somebody")
                return
            with User(number) as beside:
                work()
            profiler.stop()

        assert alone.seen["PY_START"] >= LEAF_CALLS
        assert beside.seen == alone.seen
        check_work(profiler.profile)

    def test_users_of_all_ids_but_one() -> None:
        with User(FREE[0]) as alone:
            work()
        for left in FREE:
            _native.unhook()
            with contextlib.ExitStack() as stack:
                users = [stack.enter_context(User(n)) for n in FREE if n != left]
                with libprof.Profiler() as profiler:
                    ours = left != sys.monitoring.COVERAGE_ID  # that one is left to coverage
                    assert sys.monitoring.get_tool(left) == ("libprof" if ours else None)
                    work()
            assert [user.seen for user in users] == [alone.seen] * len(users)
            check_work(profiler.profile)

    def test_a_user_that_raises_in_its_callback() -> None:
        """What it raises goes into the program, whose calls end; the session loses nothing."""

        def refuse(code: Any, *arguments: Any) -> None:
            if code is leaf.__code__:
                raise PermissionError

        def calls() -> None:
            for _ in range(10):
                with contextlib.suppress(PermissionError):
                    leaf()

        number, monitoring = FREE[0], sys.monitoring
        for name in ("PY_START", "PY_RETURN", "LINE"):
            event = getattr(monitoring.events, name)
            monitoring.use_tool_id(number, "somebody")
            monitoring.register_callback(number, event, refuse)
            monitoring.set_events(number, event)
            with libprof.Profiler() as profiler:
                calls()
                calls()
            monitoring.set_events(number, 0)
            monitoring.free_tool_id(number)

            (caller,) = [node for node in profiler.profile.root.children if node.calls == 2]
            below = {child.frame.name: child.calls for child in caller.children}
            assert caller.frame.name.endswith("calls")
            assert below["suppress.__exit__"] == 20
            assert below.get("leaf", 20) == 20  # none that was refused before it began
            assert profiler.profile.counters["resynchronised"] == 0
