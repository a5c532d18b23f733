# SPDX-License-Identifier: MIT
"""Builtins: which calls become frames, what they are called, and how often they are counted."""

from __future__ import annotations

import collections
import cProfile
import functools
import gc
import operator
import pstats
import re
import sys
import types
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import libprof
from tests.python.helpers import (
    builtin_calls,
    check_tree,
    names,
    nodes_named,
    outline,
    profile_of,
)
from tests.python.targets import programs

HAS_MONITORING = sys.version_info >= (3, 12)

#: How cProfile names builtins, and what that is here.
METHOD = re.compile(r"<method '(?P<name>.*)' of '(?P<type>.*)' objects>")
FUNCTION = re.compile(r"<built-in method (?P<name>\S*)>")


def our_name(theirs: str) -> str | None:
    if found := METHOD.fullmatch(theirs):
        kind = found["type"]
        return f"{kind if '.' in kind else 'builtins.' + kind}.{found['name']}"
    found = FUNCTION.fullmatch(theirs)
    return found["name"] if found else None


def counted_by_cprofile(target: Callable[[], object]) -> Counter[str]:
    profile = cProfile.Profile()
    profile.enable()
    target()
    profile.disable()
    counts: Counter[str] = Counter()
    for key, value in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        name = our_name(key[2])
        if name is not None and "_lsprof" not in name:
            counts[name] += value[1]
    return counts


@pytest.mark.parametrize(
    "program",
    [
        programs.builtin_calls,
        programs.callables,
        programs.methods,
        programs.exceptions,
        programs.generators,
    ],
    ids=lambda program: program.__name__,
)
def test_counts_are_those_of_cprofile(program: Callable[[], None]) -> None:
    program()  # what is cached by the first run is cached in both
    theirs = counted_by_cprofile(program)
    ours = builtin_calls(profile_of(program))

    def last_part(counts: Counter[str]) -> Counter[str]:
        """Without the owners: cProfile has none for class methods and inherited ones."""
        parts: Counter[str] = Counter()
        for name, count in counts.items():
            parts[name.rpartition(".")[2]] += count
        return parts

    known = last_part(theirs)
    assert known
    assert {name: count for name, count in last_part(ours).items() if name in known} == known
    for name in theirs:
        if name.count(".") == 2:  # methods with their types
            assert ours[name] == theirs[name], name


class Own(list[int]):
    def __call__(self) -> None: ...


CALLS: list[tuple[Callable[[], object], str]] = [
    (lambda: len([]), "builtins.len"),
    (lambda: len(*[[]]), "builtins.len"),
    (lambda: [].append(1), "builtins.list.append"),
    (lambda: list.append([], 1), "builtins.list.append"),
    (lambda: Own().append(1), "builtins.list.append"),
    (lambda: dict.fromkeys("a"), "builtins.dict.fromkeys"),
    (lambda: str.maketrans("a", "b"), "builtins.str.maketrans"),
    (lambda: collections.deque().append(1), "collections.deque.append"),
    (lambda: re.compile("a").match("a"), "re.Pattern.match"),
    (lambda: sys.getsizeof(1), "sys.getsizeof"),
    (lambda: functools.reduce(max, [1, 2]), "_functools.reduce"),
]


#: Only sys.monitoring reports these.
TYPE_CALLS: list[tuple[Callable[[], object], str]] = [
    (lambda: int("3"), "builtins.int"),
    (lambda: object(), "builtins.object"),
    (lambda: collections.OrderedDict(a=1), "collections.OrderedDict"),
    (lambda: functools.partial(len, [])(), "functools.partial.__call__"),
    (lambda: operator.itemgetter(0)([1]), "operator.itemgetter.__call__"),
    (lambda: list.__len__([]), "builtins.list.__len__"),
    (lambda: types.MethodType(len, [])(), "builtins.len"),
]


@pytest.mark.parametrize(("call", "name"), CALLS + (TYPE_CALLS if HAS_MONITORING else []))
def test_names(call: Callable[[], object], name: str) -> None:
    assert builtin_calls(profile_of(call))[name] == 1


def test_callables_in_python_have_no_builtin_frame() -> None:
    class Plain:
        def __call__(self) -> None: ...

    class WithInit:
        def __init__(self) -> None: ...

    def target() -> None:
        Plain()()
        WithInit()
        target_method()
        Own()()

    target_method = types.MethodType(lambda self: None, 1)
    profile = profile_of(target)

    assert builtin_calls(profile) == {}
    assert len(outline(profile.root)) == 5


def test_partial_stands_above_what_it_calls() -> None:
    def inner() -> None: ...

    profile = profile_of(lambda: functools.partial(inner)())

    parents = [
        node.frame.name
        for name in names(profile)
        for node in nodes_named(profile, name)
        if inner.__qualname__ in {child.frame.name for child in node.children}
    ]
    expected = "functools.partial.__call__" if HAS_MONITORING else "<lambda>"
    assert [name.rpartition(".<locals>.")[2] for name in parents] == [expected]


def test_naming_runs_no_code_of_the_program() -> None:
    """A metaclass may do anything in its attributes; the profiler must not ask it."""
    asked: list[str] = []

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            asked.append(name)
            return super().__getattribute__(name)

    class Made(dict, metaclass=Meta):  # type: ignore[type-arg]
        pass

    def target() -> None:
        Made.fromkeys("a")
        made.get(1)
        made.update(a=1)

    made = Made()
    asked.clear()
    target()
    expected = list(asked)
    asked.clear()
    profile_of(target)

    assert asked == expected


def test_naming_an_instance_runs_no_code_of_the_program() -> None:
    asked: list[str] = []

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            asked.append(name)
            return super().__getattribute__(name)

    class Made(functools.partial, metaclass=Meta):  # type: ignore[type-arg]
        pass

    made = Made(int)
    asked.clear()
    profile = profile_of(made)

    assert asked == []
    if HAS_MONITORING:
        assert f"{__name__}.{Made.__qualname__}.__call__" in names(profile)


def test_naming_sets_off_no_garbage_collection() -> None:
    """Finalizers are code of the program, too; this one ends the session that is naming."""

    class Stopper:
        def __del__(self) -> None:
            if profiler.running:
                profiler.stop()

    def call_with(namespace: dict[str, Any]) -> None:
        stopper: Any = Stopper()
        stopper.itself = stopper
        del stopper
        namespace["f"]()

    thresholds = gc.get_threshold()
    try:
        for threshold in range(1, 30):
            namespace: dict[str, Any] = {}
            exec(compile("def f(): pass", "/some/\udcff/file.py", "exec"), namespace)
            gc.collect()
            with libprof.Profiler() as profiler:
                gc.set_threshold(threshold)
                call_with(namespace)
                gc.set_threshold(*thresholds)
            check_tree(profiler.profile)
    finally:
        gc.set_threshold(*thresholds)


def test_name_that_is_no_text() -> None:
    namespace: dict[str, Any] = {}
    code = compile("def f(): pass", "/some/\udcff/file.py", "exec")
    exec(code, namespace)
    odd = namespace["f"].__code__.replace(co_name="odd\udcff", co_qualname="odd\udcff")
    namespace["f"].__code__ = odd

    profile = profile_of(namespace["f"])

    (child,) = profile.root.children
    assert child.calls == 1
    assert child.frame.name == "?"


def test_native_methods_of_many_types_keep_apart() -> None:
    def target() -> None:
        for kind in (list, dict, set, bytearray):
            kind().clear()

    found = builtin_calls(profile_of(target))

    assert {name for name in found if name.endswith(".clear")} == {
        f"builtins.{kind}.clear" for kind in ("list", "dict", "set", "bytearray")
    }
