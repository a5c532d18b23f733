# SPDX-License-Identifier: MIT
"""Lines of instructions, read from the table in the code, are those that the interpreter tells."""

from __future__ import annotations

import ast
import asyncio
import collections
import dataclasses
import inspect
import time
import tokenize
import typing
from collections.abc import Iterator
from types import CodeType, ModuleType

import pytest

import libprof

MODULES = (ast, asyncio.base_events, collections, dataclasses, inspect, tokenize, typing)


def all_code(module: ModuleType) -> Iterator[CodeType]:
    source = inspect.getsource(module)
    waiting = [compile(source, module.__file__ or "?", "exec")]
    while waiting:
        code = waiting.pop()
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        yield code


def expected_lines(code: CodeType) -> list[int]:
    """Line 0 is that of a module's first instruction; what has none counts as the first."""
    lines = (position[0] for position in code.co_positions())
    return [code.co_firstlineno if line is None else line for line in lines]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_each_instruction_of_real_code(code_facts: ModuleType, module: ModuleType) -> None:
    seen = 0
    for code in all_code(module):
        before, *found = code_facts.lines(code)
        assert before == code.co_firstlineno
        assert found == expected_lines(code), code
        seen += len(found)
    assert seen > 3000


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "\n" * 70_000 + "x = 1\n" + "\n" * 5000 + "y = (1 +\n2)\n",
        "\n".join(f"x{i} = [\n{'1,' * 300}\n]" for i in range(50)),
        "def f(a,\n  b=\\\n3):\n  return (a\n +\n b)\n",
        "try:\n  pass\nfinally:\n  x = [y for\n y in\n ()]\n",
    ],
    ids=["one", "far", "wide", "signature", "backwards"],
)
def test_distances_of_every_size(code_facts: ModuleType, source: str) -> None:
    code = compile(source, "made.py", "exec")
    found = code_facts.lines(code)[1:]
    assert found == expected_lines(code)


# ---- in profiles -----------------------------------------------------------------------------------


def compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def calls_by_line() -> None:
    compute(0.1)
    compute(0.2)
    for _ in range(2):
        compute(0.05)


def test_lines_of_a_profile_are_where_the_time_went() -> None:
    with libprof.Profiler("sample") as profiler:
        calls_by_line()
    profile = profiler.profile
    lines = {(row.frame.name, row.line): row for row in profile.lines()}
    first = calls_by_line.__code__.co_firstlineno
    for line, milliseconds in {1: 100, 2: 200, 4: 100}.items():
        row = lines["calls_by_line", first + line]
        assert row.total_cpu_ns / 1e6 == pytest.approx(milliseconds, abs=10)
        assert row.self_cpu_ns < 5e6
    own = [row for (name, _), row in lines.items() if name == "compute"]
    loop = compute.__code__.co_firstlineno + 2
    assert {row.line for row in own} <= {loop - 1, loop, loop + 1}
    assert sum(row.self_cpu_ns for row in own) / 1e6 == pytest.approx(400, abs=10)
    assert sum(row.samples for row in own) <= profile.counters["samples"]
    assert sum(row.self_wall_ns for row in lines.values()) <= profile.wall_ns


def down(depth: int) -> None:
    if depth:
        down(depth - 1)
    else:
        compute(0.1)


def test_recursion_counts_once_in_the_total_of_a_line() -> None:
    with libprof.Profiler("sample") as profiler:
        down(20)
    call = down.__code__.co_firstlineno + 2
    (row,) = (row for row in profiler.profile.lines() if row.line == call)
    assert row.total_cpu_ns <= profiler.profile.cpu_ns
    assert row.total_cpu_ns / 1e6 == pytest.approx(100, abs=10)
