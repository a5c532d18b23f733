# SPDX-License-Identifier: MIT
"""What one session leaves to the next: names of code that are still right, and nothing that shows."""

from __future__ import annotations

import pytest

from tests.python.helpers import function_named, run_python
from tests.python.sampled import compute, sampler, work, works

#: Names longer than this are cut.
LONG_NAME = 4096

_HIDING = """
import libprof
from tests.python.sampled import compute, renamed, sampler

shy = renamed(compute, "shy", "/srv/shy/a.py")
for hides in (False, True):
    if hides:
        libprof.hide("/srv/shy/")
    with sampler() as profiler:
        shy(0.02)
    print(sorted({f.name for f in profiler.profile.functions()} & {"shy"}))
"""

#: What died lies in the memory that is given out next, so its key comes again.
_REPLACING = """
import gc
from tests.python.sampled import compute, renamed, sampler, works

addresses = []
for number in range(50):
    function = renamed(compute, f"work-{number}", "/srv/replaced.py")
    addresses.append(id(function.__code__))
    with sampler() as profiler:
        function(0.005)
    assert works(profiler.profile) == {f"work-{number}"}
    del function
    gc.collect()
print(len(addresses) - len(set(addresses)))
"""

#: Sessions with so many long names: more than the 64 MB in all that one session may have.
FULL_SESSIONS, LONG_NAMES = 12, 2000

_FILLING = """
import sys
from pathlib import Path

import libprof
from tests.python.sampled import compute, sampler

sessions, names, length = map(int, sys.argv[1:])


def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


for number in range(sessions):
    if number == 1:
        before = resident_mb()
    with sampler() as profiler:
        for span in range(names):
            with libprof.span(f"{number}-{span}-".ljust(length, "x")):
                pass
        with libprof.span(f"last-{number}"):
            compute(0.01)
    assert f"last-{number}" in {frame.name for frame in profiler.profile.frames}
print(resident_mb() - before)
"""


@pytest.mark.parametrize("end", ["stop", "cancel"])
def test_frames_of_an_earlier_session_do_not_show(end: str) -> None:
    profiler = sampler().start()
    work("work-earlier")()
    getattr(profiler, end)()
    with sampler() as profiler:
        work("work-later")()
    assert works(profiler.profile) == {"work-later"}
    assert "work-earlier" not in {frame.name for frame in profiler.profile.frames}


def test_code_that_runs_in_every_session_has_its_name_and_line_in_each() -> None:
    shown = set()
    for _ in range(5):
        with sampler() as profiler:
            compute()
        profile = profiler.profile
        shown.add(function_named(profile, "compute")[:4])
        lines = {line.line for line in profile.lines() if line.frame.name == "compute"}
        first = compute.__code__.co_firstlineno
        assert lines <= set(range(first, first + 4))
        assert lines
    assert len(shown) == 1


def test_new_code_where_other_code_was_has_its_own_name() -> None:
    assert int(run_python(_REPLACING)) > 0


def test_code_that_is_hidden_later_is_hidden_from_the_next_session_on() -> None:
    answer = run_python(_HIDING)
    assert answer.split("\n")[:2] == ["['shy']", "[]"]


def test_names_do_not_add_up_without_end() -> None:
    """Else they would reach the limit of a session in the end, and all new code would be an overflow frame."""
    assert FULL_SESSIONS * LONG_NAMES * LONG_NAME > 64 << 20
    grown_mb = run_python(_FILLING, str(FULL_SESSIONS), str(LONG_NAMES), str(LONG_NAME))
    assert float(grown_mb) < 16
