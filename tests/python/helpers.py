# SPDX-License-Identifier: MIT
"""What the tests of libprof share: running a target under a session, and looking at its tree."""

from __future__ import annotations

import gc
import importlib.util
import os
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Callable
from pathlib import Path as FilePath
from types import ModuleType
from typing import Any

import libprof
from tests.python.counter import Path, Paths
from tests.python.laws import check_tree, walk


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


def nodes_named(profile: libprof.Profile, name: str) -> list[libprof.Node]:
    return [node for node in walk(profile.root) if node.frame.name == name]


def calls_of(profile: libprof.Profile, name: str) -> int:
    """Of all functions with that name, wherever they stand."""
    return sum(node.calls for node in nodes_named(profile, name))


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


def mixed_paths(profile: libprof.Profile, file: str) -> Paths:
    """The same with the builtins that the file's functions call, each by the last part of its name."""
    paths: Paths = Counter()
    stack: list[tuple[libprof.Node, Path, bool]] = [(profile.root, (), False)]
    while stack:
        node, path, by_file = stack.pop()
        frame, in_file = node.frame, node.frame.file == file
        if in_file or (by_file and frame.kind == "builtin"):
            path = (*path, (frame.name, frame.line) if in_file else frame.name.rpartition(".")[2])
            paths[path] += node.calls
        stack.extend((child, path, in_file) for child in node.children)
    return +paths


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


def resident_bytes() -> int:
    """Memory that the process has, without what only waits to be collected. By few calls, as sessions may see them."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


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


def build_program(program: os.PathLike[str], *arguments: str) -> None:
    """What a test needs in C, by the compiler that built the extension."""
    compiler = os.environ.get("CC") or sysconfig.get_config_var("CC").split()[0]
    options = ["-std=gnu11", "-g", "-fPIC", "-Wall", "-Wextra", "-Werror"]
    done = subprocess.run(
        [compiler, *options, *arguments, "-o", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def build_library(library: os.PathLike[str], *arguments: str) -> None:
    build_program(library, "-shared", *arguments)


def load_library(library: FilePath) -> ModuleType:
    """The extension module in it, by its file's name."""
    spec = importlib.util.spec_from_file_location(library.stem, library)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
