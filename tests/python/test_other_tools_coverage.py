# SPDX-License-Identifier: MIT
"""coverage.py measures the same with a session as without one, whichever way it measures."""

from __future__ import annotations

import json
import sys

import pytest

from tests.python.helpers import run_python

#: Tracing in C, tracing in Python, and sys.monitoring, which knows branches since 3.14.
CORES = ["ctrace", "pytrace"]
if sys.version_info >= (3, 12):
    CORES.append("sysmon")

PROGRAM = """
def leaf(n):
    if n > 2:
        return n
    return -n

def numbers(n):
    for i in range(n):
        yield leaf(i)
    else:
        leaf(n)

class Thing:
    def __init__(self):
        self.items = [leaf(m) for m in range(3)]
    def never(self):
        return 1

def work():
    list(numbers(4))
    Thing()
    sorted([3, 1], key=leaf)
    try:
        raise KeyError
    except ValueError:
        pass
    except KeyError:
        leaf(1)
"""

MEASURE = """
import json, os, sys, tempfile
core, order = sys.argv[1:]
os.environ["COVERAGE_CORE"] = core
import coverage, libprof

folder = tempfile.TemporaryDirectory()
file = os.path.join(folder.name, "program.py")
with open(file, "w") as out:
    out.write(PROGRAM)
measured = coverage.Coverage(
    data_file=None, config_file=False, include=[file],
    branch=core != "sysmon" or sys.version_info >= (3, 14),
)
with open(file) as text:
    code = compile(text.read(), file, "exec")
profiler = libprof.Profiler()

def run():
    names = {}
    exec(code, names)
    names["work"]()

if order == "alone":
    measured.start()
    run()
    measured.stop()
elif order == "inside":
    measured.start()
    with profiler:
        run()
    measured.stop()
elif order == "around":
    with profiler:
        measured.start()
        run()
        measured.stop()
elif order == "begins during":
    profiler.start()
    measured.start()
    run()
    profiler.stop()
    measured.stop()
else:
    measured.start()
    profiler.start()
    run()
    measured.stop()
    profiler.stop()
data = measured.get_data()
calls = {}
if order != "alone":
    calls = {f.name: f.calls for f in profiler.profile.functions() if f.file == file}
print(json.dumps([sorted(data.lines(file)), sorted(data.arcs(file) or []), calls]))
folder.cleanup()
"""

CALLS = {"<module>": 1, "Thing": 1, "Thing.__init__": 1, "numbers": 1, "work": 1, "leaf": 11}


def measured(core: str, order: str) -> list[object]:
    calls: dict[str, int]
    lines, arcs, calls = json.loads(run_python(f"PROGRAM = {PROGRAM!r}" + MEASURE, core, order))
    calls.pop("Thing.__init__.<locals>.<listcomp>", None)  # a function of its own until 3.12
    return [lines, arcs, calls]


@pytest.fixture(scope="module", params=CORES)
def core(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def alone(core: str) -> list[object]:
    return measured(core, "alone")


@pytest.mark.parametrize("order", ["inside", "around", "begins during", "ends during"])
def test_coverage(core: str, alone: list[object], order: str) -> None:
    lines, arcs, calls = measured(core, order)

    assert len(alone[0]) > 20  # type: ignore[arg-type]
    assert [lines, arcs] == alone[:2]
    assert calls == CALLS
