# SPDX-License-Identifier: MIT
"""The tree's shape: true paths for every way into and out of a function."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import libprof
from tests.python.helpers import (
    builtin_calls,
    check_tree,
    function_named,
    names,
    nodes_named,
    outline,
    profile_of,
    walk,
)


def lines(profile: libprof.Profile) -> list[str]:
    return [line.replace("<locals>.", "") for line in outline(profile.root, of_file=__file__)]


def leaf() -> None:
    pass


def test_nested_calls() -> None:
    def inner() -> None:
        leaf()
        leaf()

    def outer() -> None:
        inner()
        leaf()

    profile = profile_of(outer)

    assert lines(profile) == [
        "test_nested_calls.outer 1",
        "  leaf 1",
        "  test_nested_calls.inner 1",
        "    leaf 2",
    ]
    assert profile.counters["resynchronised"] == 0


def test_builtins_call_python_functions() -> None:
    def key(value: int) -> int:
        leaf()
        return -value

    profile = profile_of(lambda: sorted([1, 2, 3], key=key))

    (builtin,) = nodes_named(profile, "builtins.sorted")
    assert builtin.calls == 1
    assert outline(builtin) == [
        "test_builtins_call_python_functions.<locals>.key 3",
        "  leaf 3",
    ]


def test_without_builtins_python_functions_hang_together() -> None:
    profile = profile_of(
        lambda: sorted([1, 2, 3], key=lambda value: leaf() or -value), builtins=False
    )

    assert {node.frame.kind for node in walk(profile.root)} == {"root", "python"}
    assert [line.split(".")[-1] for line in lines(profile)] == [
        "<lambda> 1",
        "<lambda> 3",
        "    leaf 3",
    ]


def test_recursion_counts_its_total_once() -> None:
    def down(n: int) -> None:
        if n:
            down(n - 1)

    profile = profile_of(down, 50)

    down_stats = function_named(profile, "test_recursion_counts_its_total_once.<locals>.down")
    assert down_stats.calls == 51
    assert down_stats.total_wall_ns <= profile.wall_ns
    outermost = nodes_named(profile, down_stats.name)[0]
    assert down_stats.total_wall_ns == outermost.total_wall_ns


def test_exception_through_several_levels() -> None:
    def fail() -> None:
        leaf()
        raise KeyError

    def middle() -> None:
        try:
            fail()
        finally:
            leaf()

    def outer() -> None:
        with contextlib.suppress(KeyError):
            middle()
        leaf()

    profile = profile_of(outer)

    prefix = "test_exception_through_several_levels"
    assert lines(profile) == [
        f"{prefix}.outer 1",
        "  leaf 1",
        f"  {prefix}.middle 1",
        "    leaf 1",
        f"    {prefix}.fail 1",
        "      leaf 1",
    ]
    assert profile.counters["resynchronised"] == 0


def test_exception_out_of_a_builtin() -> None:
    def outer() -> None:
        with contextlib.suppress(ZeroDivisionError):
            list(map(lambda n: 1 // n, [1, 0]))
        leaf()

    profile = profile_of(outer)

    assert lines(profile)[:2] == ["test_exception_out_of_a_builtin.outer 1", "  leaf 1"]


def test_generator_resumed_elsewhere() -> None:
    """Each step stands where it was asked for; only the first counts as a call."""

    def numbers() -> Iterator[int]:
        while True:
            leaf()
            yield 1

    def first(generator: Iterator[int]) -> None:
        next(generator)

    def second(generator: Iterator[int]) -> None:
        next(generator)
        next(generator)

    generator = numbers()

    def outer() -> None:
        first(generator)
        second(generator)

    profile = profile_of(outer, builtins=False)

    prefix = "test_generator_resumed_elsewhere"
    assert lines(profile) == [
        f"{prefix}.outer 1",
        f"  {prefix}.first 1",
        f"    {prefix}.numbers 1",
        "      leaf 1",
        f"  {prefix}.second 1",
        f"    {prefix}.numbers 0",
        "      leaf 2",
    ]


@pytest.mark.parametrize("way", ["close", "throw", "delete"])
def test_generator_that_ends_early(way: str) -> None:
    def numbers() -> Iterator[int]:
        try:
            yield 1
        finally:
            leaf()

    def outer() -> None:
        generator = numbers()
        next(generator)
        if way == "close":
            generator.close()
        elif way == "throw":
            with contextlib.suppress(KeyError):
                generator.throw(KeyError)
        else:
            del generator
        after()

    def after() -> None:
        leaf()

    profile = profile_of(outer, builtins=False)

    prefix = "test_generator_that_ends_early"
    assert lines(profile) == [
        f"{prefix}.outer 1",
        f"  {prefix}.after 1",
        "    leaf 1",
        f"  {prefix}.numbers 1",
        "    leaf 1",
    ]


def test_session_that_begins_deep_in_a_stack() -> None:
    profiler = libprof.Profiler()

    def down(n: int) -> None:
        if n:
            down(n - 1)
        else:
            profiler.start()
            leaf()
        leaf()

    down(20)
    leaf()
    profile = profiler.stop()

    check_tree(profile)
    assert lines(profile) == ["leaf 23"]
    # The 21 calls that were open, and start() itself in Python and C.
    assert 21 <= profile.counters["unmatched"] <= 24


def test_session_that_ends_deep_in_a_stack() -> None:
    profiler = libprof.Profiler()

    def down(n: int) -> None:
        if n:
            down(n - 1)
        else:
            profiler.stop()

    profiler.start()
    down(5)

    check_tree(profiler.profile)
    down_stats = function_named(profiler.profile, f"{down.__qualname__}")
    assert down_stats.calls == 6
    assert down_stats.total_wall_ns > 0


@pytest.fixture
def deep_recursion() -> Iterator[None]:
    """Room for it, and no collection: hypothesis hooks into those with Python calls of its own."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200_000)
    gc.disable()
    yield
    gc.enable()
    sys.setrecursionlimit(limit)


def descend(n: int) -> int:
    return 0 if n == 0 else 1 + descend(n - 1)


@pytest.mark.usefixtures("deep_recursion")
def test_deep_recursion() -> None:
    profile = profile_of(descend, 15_000)

    stats = function_named(profile, "descend")
    assert stats.calls == 15_001
    assert profile.counters["too_deep"] == 0


@pytest.mark.usefixtures("deep_recursion")
def test_deeper_than_is_kept() -> None:
    """What lies too deep is counted as such, and all is right again further up."""

    def outer() -> None:
        descend(40_000)
        after()

    def after() -> None:
        leaf()

    profile = profile_of(outer)

    kept = function_named(profile, "descend").calls
    assert kept < 40_001
    assert kept + profile.counters["too_deep"] == pytest.approx(40_001, abs=5)
    (outer_node,) = nodes_named(profile, outer.__qualname__)
    assert {child.frame.name for child in outer_node.children} == {"descend", after.__qualname__}
    (after_node,) = nodes_named(profile, after.__qualname__)
    assert outline(after_node) == ["leaf 1"]


def test_recursion_error() -> None:
    entered = 0

    def endless() -> None:
        nonlocal entered
        entered += 1
        endless()

    def outer() -> None:
        with contextlib.suppress(RecursionError):
            endless()
        leaf()

    profile = profile_of(outer)

    # On 3.11 the call that finds no more room is reported before it fails.
    assert function_named(profile, endless.__qualname__).calls - entered in (0, 1)
    assert lines(profile)[:2] == ["test_recursion_error.outer 1", "  leaf 1"]


def test_more_paths_than_max_nodes() -> None:
    def halve(n: int) -> None:
        namespace[f"halve{n // 2}"]() if n else None

    namespace: dict[str, Any] = {"halve": halve}
    for n in range(64):
        exec(f"def halve{n}(): halve({n})", namespace)

    def outer() -> None:
        for n in range(64):
            namespace[f"halve{n}"]()

    few = profile_of(outer, max_nodes=20)
    all_kept = profile_of(outer)

    def calls(profile: libprof.Profile) -> int:
        (node,) = nodes_named(profile, outer.__qualname__)
        return sum(node.calls for node in walk(node))

    overflow = [node for node in walk(few.root) if node.frame.kind == "overflow"]
    assert overflow
    assert not any(node.children for node in overflow)
    assert few.counters["overflow_calls"] == sum(node.calls for node in overflow)
    assert sum(1 for _ in walk(few.root)) <= 2 * 20 + 1
    assert calls(few) == calls(all_kept)


def test_code_that_has_no_node_is_not_kept() -> None:
    """A program that makes code without end must not fill the memory once the tree is full."""
    codes = [compile(f"{number}", f"<code {number}>", "eval") for number in range(50)]

    def references() -> list[int]:
        return [sys.getrefcount(code) for code in codes]

    def outer() -> None:
        for code in codes:
            eval(code)
        del code
        meanwhile.extend(references())

    meanwhile: list[int] = []
    before = references()
    profile = profile_of(outer, max_nodes=20)

    assert profile.counters["overflow_calls"] > 0
    assert 0 < sum(meanwhile) - sum(before) < 20
    assert references() == before


@pytest.mark.parametrize("builtins", [True, False])
def test_overflow_leaves_no_trace_above_it(builtins: bool) -> None:
    """After a path that is not kept has ended, calls beside it are kept again."""

    def wide() -> None:
        for code in codes:
            exec(code)
        kept()

    def kept() -> None:
        leaf()

    codes = [compile(f"lambda: {n}\nlen([{n}])", f"<code {n}>", "exec") for n in range(50)]

    def outer() -> None:
        kept()
        wide()
        kept()

    profile = profile_of(outer, max_nodes=12, builtins=builtins)

    outer_node = nodes_named(profile, outer.__qualname__)[0]
    assert outline(outer_node, of_file=__file__)[0] == f"{kept.__qualname__} 2"


def call_with_stars(function: Callable[..., object]) -> None:
    function(*())
    function(**{})


def test_builtin_whose_end_is_not_reported_does_not_stay_open() -> None:
    bound = types.MethodType(len, [])

    def outer() -> None:
        bound()
        leaf()
        call_with_stars(bound)
        leaf()

    profile = profile_of(outer)

    (node,) = nodes_named(profile, outer.__qualname__)
    assert "leaf 2" in outline(node)
    for builtin in nodes_named(profile, "builtins.len"):
        assert not builtin.children


def test_system_exit() -> None:
    profiler = libprof.Profiler()

    def outer() -> None:
        sys.exit(3)

    with pytest.raises(SystemExit), profiler:
        outer()

    check_tree(profiler.profile)
    assert lines(profiler.profile) == ["test_system_exit.outer 1"]


def test_builtins_can_be_left_out() -> None:
    def outer() -> None:
        len([])
        sorted([2, 1], key=abs)
        int("3")

    assert builtin_calls(profile_of(outer, builtins=False)) == {}
    assert builtin_calls(profile_of(outer))["builtins.len"] == 1


def test_profiler_does_not_show_itself() -> None:
    profiler = libprof.Profiler()
    with profiler:
        leaf()
        with libprof.span("named"):
            leaf()

    assert names(profiler.profile) == {"<root>", "leaf", "named"}


def parents_of(profile: libprof.Profile, name: str) -> set[str]:
    return {
        node.frame.name
        for node in walk(profile.root)
        if any(child.frame.name == name for child in node.children)
    }


# A bound method of a builtin, called by f(*arguments), does not report its end on 3.12 and newer.


def test_builtin_that_is_over_when_another_context_has_run_meanwhile() -> None:
    def run() -> None:
        types.MethodType(contextvars.Context().run, lambda: None)(*())
        leaf(*())

    assert parents_of(profile_of(run), "leaf") == {run.__qualname__}


def test_builtin_that_is_over_when_another_thread_has_run_meanwhile() -> None:
    begun, lock = threading.Event(), threading.Lock()
    lock.acquire()

    def other() -> None:
        begun.wait()
        leaf()
        lock.release()

    def run() -> None:
        begun.set()
        types.MethodType(lock.acquire, True)(*())
        leaf(*())

    thread = threading.Thread(target=other)
    thread.start()
    profile = profile_of(run)
    thread.join()
    assert parents_of(profile, "leaf") == {run.__qualname__}
