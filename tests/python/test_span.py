# SPDX-License-Identifier: MIT
"""Spans: frames that the program names."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import types
from collections.abc import Iterator

import pytest

import libprof
from tests.python.helpers import function_named, names, nodes_named, outline, profile_of, walk

pytestmark = pytest.mark.usefixtures("quiet")  # collections are frames, too


def leaf() -> None:
    pass


def test_span_nests_between_calls() -> None:
    def inner() -> None:
        with libprof.span("SELECT 1", kind="sql"):
            leaf()
        leaf()

    def outer() -> None:
        with libprof.span("page", kind="template", size=3):
            inner()

    profile = profile_of(outer)

    prefix = "test_span_nests_between_calls.<locals>"
    assert outline(profile.root) == [
        f"{prefix}.outer 1",
        "  page 1",
        f"    {prefix}.inner 1",
        "      SELECT 1 1",
        "        leaf 1",
        "      leaf 1",
    ]
    assert function_named(profile, "SELECT 1").kind == "sql"
    assert function_named(profile, "page").kind == "template"
    assert profile.counters["resynchronised"] == 0


def test_attributes_and_names() -> None:
    span = libprof.span("näme", kind="native", a=1, b="x")
    assert (span.name, span.kind, span.attributes) == ("näme", "native", {"a": 1, "b": "x"})
    assert libprof.span("plain").kind == "span"
    assert libprof.span("positional", "sql").kind == "sql"
    assert libprof.span("plain").attributes == {}


@pytest.mark.parametrize(
    ("arguments", "keywords", "error"),
    [
        ((), {}, TypeError),
        ((3,), {}, TypeError),
        (("name",), {"kind": "nonsense"}, ValueError),
        (("name",), {"kind": "root"}, ValueError),
        (("name",), {"kind": 3}, ValueError),
        (("name", "sql", "more"), {}, TypeError),
        (("\ud800",), {}, ValueError),
    ],
)
def test_wrong_arguments(
    arguments: tuple[object, ...], keywords: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        libprof.span(*arguments, **keywords)  # type: ignore[arg-type]


def test_outside_a_session_it_does_nothing() -> None:
    with libprof.span("name") as span:
        leaf()
    assert isinstance(span, libprof.span)


def test_exceptions_pass_through() -> None:
    def outer() -> None:
        with contextlib.suppress(KeyError), libprof.span("fails"):
            leaf()
            raise KeyError
        leaf()

    profile = profile_of(outer)

    (node,) = nodes_named(profile, outer.__qualname__)
    assert {child.frame.name for child in node.children} >= {"fails", "leaf"}
    assert outline(nodes_named(profile, "fails")[0]) == ["leaf 1"]


def test_span_across_builtins() -> None:
    """A builtin inside, a span inside a builtin's callback, and a builtin that never reports its end."""

    def key(value: int) -> int:
        with libprof.span("in key"):
            return -value

    def outer() -> None:
        with libprof.span("around"):
            sorted([1, 2], key=key)
        types.MethodType(len, [])()
        with libprof.span("after"):
            leaf()

    profile = profile_of(outer)

    (node,) = nodes_named(profile, outer.__qualname__)
    assert {child.frame.name for child in node.children} == {
        "around",
        "after",
        "builtins.len",
        *({"builtins.method"} if sys.version_info >= (3, 12) else ()),
    }
    (inside,) = nodes_named(profile, "in key")
    assert inside.calls == 2


def test_same_span_again_and_inside_itself() -> None:
    span = libprof.span("again")

    def outer() -> None:
        with span:
            leaf()
            with span:
                leaf()
        with span:
            leaf()

    profile = profile_of(outer)

    assert outline(nodes_named(profile, "again")[0]) == ["again 1", "  leaf 1", "leaf 2"]
    assert function_named(profile, "again").calls == 3
    assert function_named(profile, "again").total_wall_ns <= profile.wall_ns


def test_span_that_is_left_open() -> None:
    def careless() -> None:
        libprof.span("open").__enter__()
        leaf()

    def outer() -> None:
        careless()
        leaf()

    profile = profile_of(outer)

    (node,) = nodes_named(profile, outer.__qualname__)
    assert "leaf" in {child.frame.name for child in node.children}
    assert profile.counters["resynchronised"] == 1


def test_exit_without_enter() -> None:
    def outer() -> None:
        libprof.span("never").__exit__(None, None, None)
        leaf()

    profile = profile_of(outer)

    assert "never" not in names(profile)
    assert outline(profile.root) == [f"{outer.__qualname__} 1", "  leaf 1"]


def test_span_around_the_end_of_a_session() -> None:
    profiler = libprof.Profiler()
    with libprof.span("outside"):
        profiler.start()
    with libprof.span("inside"):
        leaf()
        profiler.stop()
    assert names(profiler.profile) == {"<root>", "inside", "leaf"}


def test_span_in_a_coroutine() -> None:
    """It ends for the tree at the first await: what runs meanwhile is not inside it."""

    async def one() -> None:
        with libprof.span("awaiting"):
            await asyncio.sleep(0)
            leaf()

    async def other() -> None:
        await asyncio.sleep(0)
        leaf()

    async def main() -> libprof.Profile:
        with libprof.Profiler() as profiler:
            await asyncio.gather(one(), other())
        return profiler.profile

    profile = asyncio.run(main())

    for node in nodes_named(profile, "awaiting"):
        assert other.__qualname__ not in {below.frame.name for below in walk(node)}


def test_many_names_are_bounded() -> None:
    def outer() -> None:
        for n in range(3000):
            with libprof.span(f"{n}{'ä' * 3000}"):
                pass

    profile = profile_of(outer, max_nodes=100)

    assert len(list(walk(profile.root))) <= 2 * 100 + 1
    assert all(len(node.frame.name.encode()) <= 4096 for node in walk(profile.root))
    assert sum(node.calls for node in walk(profile.root)) >= 3000


def test_spans_beyond_the_limit_leave_the_tree_right() -> None:
    def outer() -> None:
        for n in range(50):
            with libprof.span(f"span {n}"), libprof.span("below"):
                leaf()
        kept()

    def kept() -> None:
        leaf()

    def before() -> None:
        kept()
        outer()
        kept()

    profile = profile_of(before, max_nodes=8)

    (node,) = nodes_named(profile, before.__qualname__)
    assert [
        (c.frame.name, c.calls) for c in node.children if c.frame.name == kept.__qualname__
    ] == [(kept.__qualname__, 2)]


def test_spans_of_threads() -> None:
    profiler = libprof.Profiler().start()

    def thread_work() -> None:
        profiler.attach()
        with libprof.span("in thread"):
            leaf()

    with libprof.span("in main"):
        thread = threading.Thread(target=thread_work)
        thread.start()
        thread.join()
    profile = profiler.stop()

    (node,) = nodes_named(profile, "in thread")
    assert node not in list(walk(nodes_named(profile, "in main")[0]))


def test_a_span_around_a_generator_that_yields_goes_on() -> None:
    def generator() -> Iterator[None]:
        while True:
            with contextlib.suppress(KeyError):
                yield

    def target() -> None:
        items = generator()
        with libprof.span("resumed"):
            next(items)
            leaf()
        with libprof.span("thrown into"):
            items.throw(KeyError())
            leaf()

    profile = profile_of(target)

    for name in ("resumed", "thrown into"):
        (node,) = nodes_named(profile, name)
        assert [c.calls for c in node.children if c.frame.name == leaf.__qualname__] == [1], name
