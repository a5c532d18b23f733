# SPDX-License-Identifier: MIT
"""What every profile of the torture must be: names that really ran, below their callers, and the laws of all profiles."""

from __future__ import annotations

import _imp
import sys
import threading
import traceback
import types
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

import laws
from torture_code import MADE

import libprof

#: Frames without a file: dataclasses, enums and named tuples of the standard library make code, too.
MADE_ELSEWHERE = ("<string>", "<__array_function__ internals>")

#: What these are called as frozen modules.
FROZEN = {
    "importlib._bootstrap": "_frozen_importlib",
    "importlib._bootstrap_external": "_frozen_importlib_external",
}


class Known:
    """Which names a file has, by its source."""

    def __init__(self) -> None:
        self.files: dict[str, set[tuple[str, int]]] = {}

    def __call__(self, frame: libprof.Frame) -> bool:
        if frame.file not in self.files:
            self.files[frame.file] = names_of(frame.file)
        return (frame.name, frame.line) in self.files[frame.file]


def names_of(file: str) -> set[tuple[str, int]]:
    if file.startswith("<frozen "):
        module = file[len("<frozen ") : -1]
        codes = [_imp.get_frozen_object(FROZEN.get(module, module))]
    else:
        codes = [compile(Path(file).read_bytes(), file, "exec", dont_inherit=True)]
    found = set()
    while codes:
        code = codes.pop()
        found.add((code.co_qualname, code.co_firstlineno))
        codes += [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return found


class Checker:
    def __init__(self) -> None:
        self.known = Known()
        self.wrong: list[str] = []
        self.totals: Counter[str] = Counter()
        self.lock = threading.Lock()

    def check(self, profile: libprof.Profile, ran: set[int], *, alone: bool, loses: bool) -> None:
        """`alone`: nothing of the session ran side by side. `loses`: its lost samples do not count."""
        problems = [self.wrong_name(frame, ran) for frame in profile.frames]
        problems += [self.wrong_path(node) for node in laws.walk(profile.root)]
        try:
            laws.check_tree(profile)
            check_times(profile, alone=alone)
        except AssertionError:
            problems.append(traceback.format_exc())
        with self.lock:
            self.wrong += [problem for problem in problems if problem]
            self.totals["sessions"] += 1
            self.totals["frames"] += len(profile.frames)
            for name in ("samples", "samples_lost", "samples_late", "too_deep", "hooks_lost"):
                self.totals["of greenlets: " * loses + name] += profile.counters[name]

    def wrong_name(self, frame: libprof.Frame, ran: set[int]) -> str:
        if frame.kind != "python":
            known = frame.kind in ("root", "overflow", "gc")
            return "" if known else f"strange kind: {frame}"
        made = MADE.match(frame.file)
        if made is None:
            if frame.file in MADE_ELSEWHERE or self.known(frame):
                return ""
            return f"there is no such code: {frame}"
        number = int(made["number"])
        if frame.name == "<module>":  # of what is compiled
            return "" if frame.line <= 1 and number in ran else f"did not run: {frame}"
        names = {f"{made['letter']}_{part}_{number}" for part in ("inner", "outer")}
        if frame.name not in names or frame.line != number:
            return f"name, file and line do not belong together: {frame}"
        return "" if number in ran else f"did not run in the session: {frame}"

    def wrong_path(self, node: libprof.Node) -> str:
        for child in node.children:
            made = MADE.match(child.frame.file)
            if made is None or "_inner_" not in child.frame.name:
                continue
            if node.frame.kind != "overflow" and node.frame.file != child.frame.file:
                return f"{child.frame} below {node.frame}"
        return ""

    def fail(self, text: str) -> None:
        with self.lock:
            self.wrong.append(text)


def check_times(profile: libprof.Profile, *, alone: bool) -> None:
    assert profile.root.calls == 1
    nodes = list(laws.walk(profile.root))
    for node in nodes:
        assert node is profile.root or node.self_cpu_ns <= node.self_wall_ns, node
    # Those in the profiler's own code are in no node.
    assert sum(node.samples for node in nodes) <= profile.counters["samples"]
    if alone:
        slack = laws.CLOCK_ERROR_NS + laws.CLOCK_ERROR * profile.raw_wall_ns
        total = profile.root.total_wall_ns
        assert total <= profile.raw_wall_ns + slack, f"{total} of {profile.raw_wall_ns} ns"
