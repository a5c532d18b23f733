# SPDX-License-Identifier: MIT
"""What the tests of libprof share: running a target under a session, and looking at its tree."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import libprof
from tests.python.counter import Paths


def profile_of(function: Callable[..., Any], *args: Any, **options: Any) -> libprof.Profile:
    """The profile of one call, which may raise: what it raises is no concern of the profile."""
    profiler = libprof.Profiler(**options)
    profiler.start()
    try:
        function(*args)
    except Exception:  # targets raise on purpose
        pass
    finally:
        profiler.stop()
    check_tree(profiler.profile)
    return profiler.profile


def walk(node: libprof.Node) -> Iterator[libprof.Node]:
    """The node and all below it, parents first."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def check_tree(profile: libprof.Profile) -> None:
    """What holds for every profile, whatever ran."""
    nodes = list(walk(profile.root))
    assert profile.root.frame.kind == "root"
    for node in nodes:
        assert node.total_wall_ns == node.self_wall_ns + sum(c.total_wall_ns for c in node.children)
        assert node.total_cpu_ns == node.self_cpu_ns + sum(c.total_cpu_ns for c in node.children)
        frames = [child.frame for child in node.children]
        assert len(set(frames)) == len(frames), "siblings differ in their frames"
        for value in (node.calls, node.self_wall_ns, node.self_cpu_ns, node.await_ns):
            assert value >= 0
    assert profile.root.total_wall_ns == sum(node.self_wall_ns for node in nodes)
    assert profile.root.total_wall_ns >= profile.wall_ns
    assert profile.root.total_cpu_ns >= profile.cpu_ns


def nodes_named(profile: libprof.Profile, name: str) -> list[libprof.Node]:
    return [node for node in walk(profile.root) if node.frame.name == name]


def names(profile: libprof.Profile) -> set[str]:
    return {node.frame.name for node in walk(profile.root)}


def function_named(profile: libprof.Profile, name: str) -> libprof.FunctionStats:
    (found,) = [function for function in profile.functions() if function.name == name]
    return found


def _paths(node: libprof.Node, key: Callable[[libprof.Frame], Any]) -> Counter[tuple[Any, ...]]:
    """Calls by path; frames for which `key` is None melt into their callers."""
    paths: Counter[tuple[Any, ...]] = Counter()
    stack = [(child, ()) for child in node.children]
    while stack:
        node, path = stack.pop()
        name = key(node.frame)
        if name is not None:
            path = (*path, name)
            paths[path] += node.calls
        stack.extend((child, path) for child in node.children)
    return paths


def python_paths(profile: libprof.Profile, file: str) -> Paths:
    """Calls of a file's functions by path; those only resumed in the session have none."""
    return +_paths(
        profile.root, lambda frame: (frame.name, frame.line) if frame.file == file else None
    )


def builtin_calls(profile: libprof.Profile) -> Counter[str]:
    counts: Counter[str] = Counter()
    for node in walk(profile.root):
        if node.frame.kind == "builtin":
            counts[node.frame.name] += node.calls
    return counts


def outline(node: libprof.Node, *, of_file: str | None = None) -> list[str]:
    """What is below a node as indented lines "name calls", by name; frames of other files melt."""
    paths = _paths(
        node, lambda frame: frame.name if of_file is None or frame.file == of_file else None
    )
    return [f"{'  ' * (len(path) - 1)}{path[-1]} {paths[path]}" for path in sorted(paths)]


# Where AddressSanitizer is in use, freed memory goes back at once, so that growth means a leak.
_ASAN_OPTIONS = (
    os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
)


def run_python(source: str, *arguments: str, timeout: float = 60) -> str:
    """Runs a program of its own and gives its output; fails with its errors when it dies."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", source, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=os.environ | {"ASAN_OPTIONS": _ASAN_OPTIONS},
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.stderr == ""
    return done.stdout
