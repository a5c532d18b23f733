# SPDX-License-Identifier: MIT
"""What calibration runs with and without hooks: loops that do one thing, and programs that go through a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from libprof import _native

Loop = Callable[[Iterable[int]], None]
Program = Callable[[Any], None]


def _shown(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives code a file of its own: frames of this package are hidden from profiles."""
    function.__code__ = function.__code__.replace(co_filename="<libprof calibration>")
    return function


@_shown
def nothing() -> None:
    pass


@_shown
def generator(turns: Iterable[int]) -> Iterator[None]:
    for _ in turns:
        yield


@_shown
def calls(tree: Any) -> None:
    if tree:
        left, right = tree
        calls(left)
        calls(right)


_GENERATORS = """
def {name}(tree):
 if tree is None:
  {more}
 yield
 if tree:
  left, right = tree
  yield from {name}(left)
  yield from {name}(right)
"""


def _generators(name: str, more: str) -> Callable[[Any], Iterator[None]]:
    names: dict[str, Any] = {}
    exec(_GENERATORS.format(name=name, more=more), names)  # noqa: S102 - of the lines above
    return _shown(names[name])


generators = _generators("generators", "pass")

#: CPython keeps the numbers to 256, or to 1024, and makes others for each event that has one as its offset.
far_generators = _generators("far_generators", "; ".join(["tree.a"] * 120))


@_shown
def loop(turns: Iterable[int]) -> None:
    for _ in turns:
        pass


@_shown
def work(turns: Iterable[int]) -> None:
    total = 0
    for turn in turns:
        total = total + turn ^ 3


@_shown
def call(turns: Iterable[int]) -> None:
    for _ in turns:
        nothing()


@_shown
def resume(turns: Iterable[int]) -> None:
    for _ in generator(turns):
        pass


@_shown
def builtin(turns: Iterable[int]) -> None:
    for _ in turns:
        len("")


@_shown
def span(turns: Iterable[int]) -> None:
    for _ in turns:
        with _native.span("calibration"):
            pass


@_shown
def call_tree(tree: Any) -> None:
    calls(tree)


@_shown
def resume_tree(tree: Any) -> None:
    for _ in generators(tree):
        pass


@_shown
def far_tree(tree: Any) -> None:
    for _ in far_generators(tree):
        pass


LOOPS: tuple[Loop, ...] = (loop, work, call, resume, builtin, span)
PROGRAMS: tuple[Program, ...] = (call_tree, resume_tree, far_tree)

#: What each loop calls, by the name that profiles have for it.
CALLEES = {
    "call": "nothing",
    "resume": "generator",
    "builtin": "builtins.len",
    "span": "calibration",
}


#: Of no regular shape: what comes next is as hard to guess for the processor as it is in programs.
TREE: Any = (((((), ()), ()), ((), ())), ((), ((((), ()), ((), ((), ()))), ((), ()))))


def calls_in(tree: Any) -> int:
    return 1 + sum(map(calls_in, tree))


def resumes_in(tree: Any, level: int = 1) -> int:
    """Each item passes all generators that are around its own."""
    return level + sum(resumes_in(below, level + 1) for below in tree)
