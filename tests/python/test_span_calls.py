# SPDX-License-Identifier: MIT
"""Spans around calls of a function, which are counted where a context variable says so."""

from __future__ import annotations

import asyncio
import functools
import gc
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

import libprof
from tests.python.helpers import calls_of, function_named, names, nodes_named, outline, profile_of
from tests.python.sampled import local, path_to, sampler, work

pytestmark = pytest.mark.usefixtures("quiet")  # collections are frames, too

current: ContextVar[Any] = ContextVar("current", default=None)


@pytest.fixture
def tally() -> Iterator[libprof.Tally]:
    result = libprof.Tally()
    token = current.set(result)
    yield result
    current.reset(token)


def calls(name_of: Callable[[Any], Any] = str, known: dict[Any, Any] | None = None) -> Any:
    return libprof.SpanCalls(current, {} if known is None else known, name_of, "sql")


def leaf(key: Any, *args: Any, **kwargs: Any) -> Any:
    return key, args, kwargs


def fail(key: Any) -> None:
    raise LookupError(key)


def is_balanced(profile: libprof.Profile, *, builtins: bool) -> bool:
    """No more ends without a beginning than where nothing is called."""
    expected = profile_of(lambda: None, builtins=builtins).counters
    return all(profile.counters[name] <= expected[name] for name in ("unmatched", "resynchronised"))


# ---- the call ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("counted", [True, False])
def test_arguments_results_and_errors_are_the_calls_own(counted: bool) -> None:
    token = current.set(libprof.Tally() if counted else None)
    wrapped = calls()
    assert wrapped(leaf, "a") == ("a", (), {})
    assert wrapped(leaf, "a", 1, 2, b=3) == ("a", (1, 2), {"b": 3})
    assert wrapped(*(leaf, "a", 1), **{"b": 2}) == ("a", (1,), {"b": 2})
    assert functools.partial(wrapped, leaf)("a") == ("a", (), {})
    with pytest.raises(LookupError, match="key"):
        wrapped(fail, "key")
    current.reset(token)


def test_wrong_arguments() -> None:
    for arguments in ((), (leaf,)):
        with pytest.raises(TypeError, match="needs a callable"):
            calls()(*arguments)
    with pytest.raises(TypeError):
        calls()(leaf, key="a")
    with pytest.raises(TypeError):
        libprof.SpanCalls("current", {}, str, "sql")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        libprof.SpanCalls(current, [], str, "sql")  # type: ignore[arg-type]
    for kind in ("nonsense", "root"):
        with pytest.raises(ValueError, match=kind):
            libprof.SpanCalls(current, {}, str, kind)


# ---- counting ------------------------------------------------------------------------------------------


def test_calls_are_counted_and_timed_failing_ones_too(tally: libprof.Tally) -> None:
    wrapped = calls()
    wrapped(lambda key: time.sleep(0.01), "a")
    with pytest.raises(LookupError):
        wrapped(fail, "b")
    assert tally.count == 2
    assert 10e6 <= tally.wall_ns < 1e9


def test_finding_a_name_is_no_time_of_the_call(tally: libprof.Tally) -> None:
    calls(lambda key: time.sleep(0.05) or str(key))(leaf, "a")
    assert tally.count == 1
    assert tally.wall_ns < 50e6


def test_nothing_is_counted_where_there_is_no_tally() -> None:
    for value in (None, object()):
        token = current.set(value)
        assert calls()(leaf, "a") == ("a", (), {})
        current.reset(token)
    unset: ContextVar[Any] = ContextVar("unset")
    assert libprof.SpanCalls(unset, {}, fail, "sql")(leaf, "a") == ("a", (), {})


def test_a_tally_that_is_not_active_counts_nothing_more(tally: libprof.Tally) -> None:
    def stop(key: str) -> None:
        tally.active = False

    wrapped = calls(lambda key: pytest.fail("named") if key == "c" else str(key))
    wrapped(leaf, "a")
    wrapped(stop, "b")
    wrapped(leaf, "c")
    assert tally.count == 1


def test_the_context_decides_whose_call_it_is(tally: libprof.Tally) -> None:
    other = libprof.Tally()
    wrapped = calls()

    def elsewhere() -> None:
        current.set(other)
        wrapped(leaf, "a")
        wrapped(leaf, "a")

    copy_context().run(elsewhere)
    thread = threading.Thread(target=copy_context().run, args=(wrapped, leaf, "a"))
    thread.start()
    thread.join()
    assert (tally.count, other.count) == (1, 2)


# ---- names ---------------------------------------------------------------------------------------------


def test_names_are_looked_up_and_else_asked_for(tally: libprof.Tally) -> None:
    asked = []

    def name_of(key: str) -> str:
        asked.append(key)
        return f"asked {key}"

    wrapped = calls(name_of, {"a": "known a"})
    profile = profile_of(lambda: [wrapped(leaf, key) for key in ("a", "b", "a")])
    assert asked == ["b"]
    assert names(profile) >= {"known a", "asked b"}
    assert calls_of(profile, "known a") == 2


@pytest.mark.parametrize(
    "name_of", [fail, lambda key: None, lambda key: 5, lambda key: "\ud800"], ids=str
)
@pytest.mark.parametrize("key", ["text", ["unhashable"]])
def test_without_a_name_there_is_no_span(
    tally: libprof.Tally, name_of: Callable[[Any], Any], key: Any
) -> None:
    wrapped = calls(name_of)
    profile = profile_of(lambda: wrapped(leaf, key))
    assert tally.count == 1
    assert not any(row.kind == "sql" for row in profile.functions())
    assert function_named(profile, "leaf").calls == 1


def test_an_unhashable_key_has_a_name_all_the_same(tally: libprof.Tally) -> None:
    wrapped = calls(lambda key: f"list of {len(key)}")
    assert "list of 2" in names(profile_of(lambda: wrapped(leaf, [1, 2])))


def test_what_is_no_error_but_wants_out_gets_out(tally: libprof.Tally) -> None:
    def interrupt(key: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calls(interrupt)(lambda key: pytest.fail("called"), "a")


# ---- spans ---------------------------------------------------------------------------------------------


def test_the_span_stands_between_caller_and_call(tally: libprof.Tally) -> None:
    wrapped = calls()

    def page() -> None:
        wrapped(leaf, "SELECT 1")
        leaf("beside")

    profile = profile_of(page, builtins=False)
    prefix = "test_the_span_stands_between_caller_and_call.<locals>"
    assert outline(profile.root) == [
        f"{prefix}.page 1",
        "  SELECT 1 1",
        "    leaf 1",
        "  leaf 1",
    ]
    assert function_named(profile, "SELECT 1").kind == "sql"
    assert is_balanced(profile, builtins=False)


@pytest.mark.parametrize("builtins", [True, False])
def test_trees_stay_balanced(tally: libprof.Tally, builtins: bool) -> None:
    wrapped = calls()
    around = functools.partial(wrapped, functools.partial(wrapped, leaf))

    def page() -> None:
        for _ in range(3):
            around("outer", "inner")
            with pytest.raises(LookupError):
                wrapped(fail, "failing")
            sorted([2, 1], key=lambda number: wrapped(leaf, "sorting") and number)

    profile = profile_of(page, builtins=builtins)
    assert calls_of(profile, "failing") == 3
    assert calls_of(profile, "sorting") == 6
    assert calls_of(profile, page.__qualname__) == 1
    assert is_balanced(profile, builtins=builtins)


def test_samples_show_it(tally: libprof.Tally) -> None:
    wrapped = calls()

    def page() -> None:
        wrapped(lambda key: work("work-0")(), "SELECT 1")
        work("work-1")()

    with sampler() as profiler:
        page()
    profile = profiler.profile
    assert local(path_to(profile, "work-0"))[:2] == ("page", "SELECT 1")
    assert local(path_to(profile, "work-1")) == ("page", "work-1")
    (node,) = nodes_named(profile, "SELECT 1")
    assert node.total_wall_ns == pytest.approx(tally.wall_ns, rel=0.1, abs=5e6)


def test_tasks_have_their_own(tally: libprof.Tally) -> None:
    wrapped = calls()

    async def one(number: int) -> None:
        current.set(libprof.Tally())
        await asyncio.sleep(0)
        await wrapped(asyncio.sleep, 0)
        wrapped(leaf, f"of {number}")
        assert current.get().count == 2

    async def both() -> None:
        await asyncio.gather(one(1), one(2))

    profile = profile_of(lambda: asyncio.run(both()))
    assert calls_of(profile, "of 1") == calls_of(profile, "of 2") == 1
    assert tally.count == 0


def test_sessions_that_begin_or_end_inside(tally: libprof.Tally) -> None:
    wrapped = calls()
    for engine in ("trace", "sample"):
        profiler = libprof.Profiler(engine=engine)
        wrapped(lambda key, profiler=profiler: profiler.start(), "begins")
        wrapped(leaf, "within")
        wrapped(lambda key, profiler=profiler: profiler.stop(), "ends")
        assert "begins" not in names(profiler.profile)
    assert tally.count == 6


# ---- memory --------------------------------------------------------------------------------------------


def test_nothing_is_kept(tally: libprof.Tally) -> None:
    class Key(str):
        __slots__ = ("__weakref__",)

    key = Key("a")
    wrapped = calls()
    wrapped(leaf, key)
    before = sys.getrefcount(leaf), sys.getrefcount(tally)
    for _ in range(100):
        wrapped(leaf, key)
    assert (sys.getrefcount(leaf), sys.getrefcount(tally)) == before
    gone = weakref.ref(key)
    del key
    assert gone() is None


def test_a_cycle_through_it_is_collected() -> None:
    class Owner:
        def name_of(self, key: str) -> str:
            return key

    owner = Owner()
    owner.calls = calls(owner.name_of)  # type: ignore[attr-defined]
    reference = weakref.ref(owner)
    del owner
    gc.collect()
    assert reference() is None
