# SPDX-License-Identifier: MIT
"""What the tests of the sampling engine share.

Samples are statistics, so the programs here compute until their thread's CPU clock has moved by a fixed amount:
however busy the machine is, the timer has come due that often while they ran.
"""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import libprof
from tests.python.helpers import names
from tests.python.laws import check_tree, walk

MS = 1_000_000

#: Seconds between samples, and of CPU time of one piece of work: some forty samples of each.
INTERVAL = 0.0005
WORK = 0.02
WORK_NS = round(WORK * 1e9)


def sampler(**options: Any) -> libprof.Profiler:
    return libprof.Profiler("sample", **{"interval": INTERVAL, **options})


def compute(seconds: float = WORK) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(200))


def outer(function: Callable[[], Any]) -> None:
    inner(function)


def inner(function: Callable[[], Any]) -> None:
    function()


def renamed(function: Any, name: str, file: str) -> Any:
    code = function.__code__.replace(co_name=name, co_qualname=name, co_filename=file)
    return types.FunctionType(
        code, function.__globals__, name, function.__defaults__, function.__closure__
    )


def work(name: str, seconds: float = WORK) -> Callable[[], None]:
    """A new function of this name, as if it stood in the caller's file, that computes by itself."""

    def worker() -> None:
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            sum(range(200))

    return renamed(worker, name, sys._getframe(1).f_code.co_filename)


def voluntary_switches(thread: int) -> int:
    """How often the thread has given up its core by itself: once more for each signal that it waits through."""
    for line in Path(f"/proc/self/task/{thread}/status").read_text().splitlines():
        if line.startswith("voluntary_ctxt_switches:"):
            return int(line.split()[1])
    raise AssertionError("no such line")


def works(profile: libprof.Profile) -> set[str]:
    """Those of the functions above that were sampled."""
    check_tree(profile)
    return {name for name in names(profile) if name.startswith("work-")}


def paths(profile: libprof.Profile) -> set[tuple[str, ...]]:
    """All paths at which something was sampled, from the root on; () for the root itself."""
    check_tree(profile)
    found = set()
    stack: list[tuple[libprof.Node, tuple[str, ...]]] = [(profile.root, ())]
    while stack:
        node, path = stack.pop()
        if node.samples:
            found.add(path)
        stack.extend((child, (*path, child.frame.name)) for child in node.children)
    return found


def samples_in(profile: libprof.Profile, name: str) -> int:
    """With this function as the leaf, wherever it stands."""
    return sum(node.samples for node in walk(profile.root) if node.frame.name == name)


def path_to(profile: libprof.Profile, name: str) -> tuple[str, ...]:
    """The only one that ends with this function."""
    (path,) = [path for path in paths(profile) if path and path[-1] == name]
    return path


def local(path: tuple[str, ...]) -> tuple[str, ...]:
    """Without where functions were defined."""
    return tuple(name.rpartition("<locals>.")[2] for name in path)


def check_own(profiles: list[libprof.Profile]) -> None:
    """Each holds the work of its number, and no other's."""
    assert [works(profile) for profile in profiles] == [
        {f"work-{number}"} for number in range(len(profiles))
    ]


def count_samples(seconds: float) -> int:
    """Of a session of its own; for other processes to call."""
    with sampler() as profiler:
        compute(seconds)
    return profiler.profile.counters["samples"]
