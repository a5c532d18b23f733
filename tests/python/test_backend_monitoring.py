# SPDX-License-Identifier: MIT
"""Beside other users of sys.monitoring, and without it when they leave no room. (3.12 and newer.)"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

import libprof
from libprof import _native
from tests.python.counter import IndependentCounter
from tests.python.helpers import check_tree, function_named, profile_of, python_paths
from tests.python.targets import programs


def leaf() -> None:
    pass


def work() -> None:
    for _ in range(100):
        leaf()


@pytest.fixture(autouse=True)
def _unhooked() -> Iterator[None]:
    _native.unhook()
    yield
    _native.unhook()


def test_tool_ids_are_given_back() -> None:
    monitoring = sys.monitoring
    before = [monitoring.get_tool(number) for number in range(6)]
    with libprof.Profiler():
        ours = [number for number in range(6) if monitoring.get_tool(number) != before[number]]
        assert [monitoring.get_tool(number) for number in ours] == ["libprof"]
        assert ours[0] not in (1, 2)
    _native.unhook()
    assert [monitoring.get_tool(number) for number in range(6)] == before


def take_tool_ids() -> list[int]:
    taken = [number for number in range(6) if sys.monitoring.get_tool(number) is None]
    for number in taken:
        sys.monitoring.use_tool_id(number, "somebody")
    return taken


def give_tool_ids_back(taken: list[int]) -> None:
    for number in taken:
        sys.monitoring.free_tool_id(number)


@pytest.fixture
def all_tool_ids_taken() -> Iterator[None]:
    taken = take_tool_ids()
    yield
    give_tool_ids_back(taken)


@pytest.mark.usefixtures("all_tool_ids_taken")
def test_another_way_when_all_tool_ids_are_taken() -> None:
    def target() -> None:
        work()
        len([])

    profile = profile_of(target)

    assert _native.status() == ("PyEval_SetProfile", 0)
    assert function_named(profile, "leaf").calls == 100
    assert function_named(profile, "builtins.len").calls == 1
    _native.unhook()


@pytest.mark.parametrize("program", programs.PROGRAMS, ids=lambda program: program.__name__)
def test_the_other_way_counts_the_same(program: Callable[[], None]) -> None:
    profiler = libprof.Profiler()
    with IndependentCounter(programs.__file__) as counter:
        taken = take_tool_ids()
        profiler.start()
        assert _native.status()[0] == "PyEval_SetProfile"
        program()
        profiler.stop()
        give_tool_ids_back(taken)

    check_tree(profiler.profile)
    assert python_paths(profiler.profile, programs.__file__) == counter.paths


def test_a_monitoring_tool_goes_on() -> None:
    """Such as coverage: its events, and its right to disable some of them."""
    lines: list[int] = []
    monitoring = sys.monitoring
    tool = monitoring.COVERAGE_ID
    if monitoring.get_tool(tool) is not None:
        tool = monitoring.OPTIMIZER_ID

    def on_line(code: object, line: int) -> object:
        lines.append(line)
        return monitoring.DISABLE

    def target() -> None:
        leaf()
        leaf()

    monitoring.use_tool_id(tool, "like coverage")
    monitoring.register_callback(tool, monitoring.events.LINE, on_line)
    monitoring.set_local_events(tool, target.__code__, monitoring.events.LINE)
    profile = profile_of(target)
    monitoring.set_local_events(tool, target.__code__, 0)
    monitoring.free_tool_id(tool)

    first = target.__code__.co_firstlineno
    assert lines == [first + 1, first + 2]
    assert function_named(profile, "leaf").calls == 2
