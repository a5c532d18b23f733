# SPDX-License-Identifier: MIT
"""Runs one of CPython's own test modules, and writes what became of each test as JSON lines.

    cpython_module.py MODULE RESULTS [TEST...]

All tests of the module, or only those that are named. A line says that a test started, or how it
ended; so the last line of a crash names the test. With a session from start-up the last line tells
what the profile was like.
"""

from __future__ import annotations

import json
import sys
import unittest
from collections.abc import Callable
from types import TracebackType
from typing import Any, TextIO

import libprof_from_startup
from cpython_differences import LEFT_OUT
from test import support

Error = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Recorder(unittest.TextTestResult):
    """A result that writes each outcome down at once."""

    results: TextIO

    def write(self, **line: Any) -> None:
        self.results.write(json.dumps(line) + "\n")
        self.results.flush()

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.write(started=test.id())

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.write(test=test.id(), outcome="passed")

    def addError(self, test: unittest.TestCase, err: Error) -> None:
        super().addError(test, err)
        self.write(test=test.id(), outcome="failed")

    def addFailure(self, test: unittest.TestCase, err: Error) -> None:
        super().addFailure(test, err)
        self.write(test=test.id(), outcome="failed")

    def addSubTest(
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: Error | None
    ) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.write(test=test.id(), outcome="failed")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.write(test=test.id(), outcome="skipped")

    def addExpectedFailure(self, test: unittest.TestCase, err: Error) -> None:
        super().addExpectedFailure(test, err)
        self.write(test=test.id(), outcome="expected failure")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self.write(test=test.id(), outcome="unexpected success")


def law_broken(profile: Any) -> str | None:
    """What every profile must hold, checked where there may be 200,000 nodes."""
    nodes = profile._native.nodes()
    below = [0] * len(nodes)
    for index in range(len(nodes) - 1, -1, -1):
        parent, _, _, self_wall, total_wall = nodes[index][:5]
        if total_wall != self_wall + below[index]:
            return f"node {index}: total {total_wall} is not self {self_wall} + {below[index]}"
        if parent >= index:
            return f"node {index} has the later parent {parent}"
        if parent >= 0:
            below[parent] += total_wall
    if sum(node[3] for node in nodes) != nodes[0][4]:
        return "the self times do not make up the root's total"
    return None


def finish(results: TextIO) -> None:
    profiler = libprof_from_startup.profiler
    if profiler is None:
        return
    line: dict[str, Any] = {}
    try:
        profile = profiler.stop()
        line = {"profile": profile.counters, "broken": law_broken(profile)}
    except BaseException as error:  # whatever it is, it is what this run is to find
        line = {"profile": {}, "broken": f"{type(error).__name__}: {error}"}
    results.write(json.dumps(line) + "\n")


def leave_out(tests: unittest.TestSuite, only: set[str]) -> None:
    """Takes out of the suite what would end the process or keep it from ending, with a session and without; and all but
    the tests that are named, if any are."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    kept = []
    for test in tests._tests:
        if isinstance(test, unittest.TestSuite):
            leave_out(test, only)
            kept.append(test)
        elif (version, test.id()) not in LEFT_OUT and (not only or test.id() in only):
            kept.append(test)
    tests._tests = kept


def call_deep(depth: int, function: Callable[[], Any]) -> None:
    """Some tests count on a stack as deep as that of CPython's own runner."""
    if depth == 0:
        function()
    else:
        call_deep(depth - 1, function)


def main() -> None:
    module, path, *only = sys.argv[1:]
    sys.argv[1:] = []
    support.use_resources = []  # no network, no hour-long tests
    support.record_original_stdout(sys.stdout)
    with open(path, "w", encoding="utf-8") as results:
        Recorder.results = results
        tests = unittest.defaultTestLoader.loadTestsFromName(module)
        leave_out(tests, set(only))
        runner = unittest.TextTestRunner(resultclass=Recorder, verbosity=2)
        call_deep(10, lambda: runner.run(tests))
        finish(results)
        results.write(json.dumps({"finished": True}) + "\n")


if __name__ == "__main__":
    main()
