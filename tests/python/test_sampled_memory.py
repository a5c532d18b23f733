# SPDX-License-Identifier: MIT
"""What one session leaves to the next: names of code that are still right, and nothing that shows."""

from __future__ import annotations

import pytest

from tests.python.helpers import function_named, run_python
from tests.python.sampled import compute, sampler, work, works

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
