# SPDX-License-Identifier: MIT
"""What one traced session leaves to the next: names of code that are still right, and nothing that shows."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest

import libprof
from tests.python.helpers import names, profile_of, run_python

#: What died leaves its address to others: between sessions, in one that has not called it, and not in one that has.
_REPLACING = """
import sys

import libprof
from tests.python.sampled import renamed


def plain():
    pass


def make(name):
    return renamed(plain, name, "/srv/made.py")


def make_at(addresses, name):
    others = []
    for _ in range(10_000):
        function = make(name)
        if id(function.__code__) in addresses:
            return function
        others.append(function)
    return None


def call(functions):
    for function in functions:
        function()


def shown(profiler):
    return {f.name for f in profiler.profile.functions() if f.file == "/srv/made.py"}


when = sys.argv[1]
olds = [make("old") for _ in range(100)]
addresses = {id(old.__code__) for old in olds}
with libprof.Profiler() as profiler:
    call(olds)
assert shown(profiler) == {"old"}
if when == "between sessions":
    del olds
    new = make_at(addresses, "new")
with libprof.Profiler() as profiler:
    if when == "in a session that has called it":
        call(olds)
    if when != "between sessions":
        del olds
        new = make_at(addresses, "new")
    if new is not None:
        new()
print(*sorted(shown(profiler)))
"""

_HIDING = """
import libprof

space = {}
exec(compile("def shy(): pass", "/srv/shy/a.py", "exec"), space)
for hides in (False, True):
    if hides:
        libprof.hide("/srv/shy/")
    with libprof.Profiler() as profiler:
        space["shy"]()
    print("shy" in {f.name for f in profiler.profile.functions()})
"""

#: Sessions with so many long names: more than the 64 MB in all that one session may have.
FULL_SESSIONS, LONG_NAMES, LONG_NAME = 12, 2000, 4096

_FILLING = """
import sys

import libprof
from tests.python.helpers import resident_bytes
from tests.python.sampled import compute

sessions, names, length = map(int, sys.argv[2:])
for number in range(sessions):
    if number == 1:
        before = resident_bytes()
    with libprof.Profiler(sys.argv[1]) as profiler:
        for span in range(names):
            with libprof.span(f"{number}-{span}-".ljust(length, "x")):
                pass
        with libprof.span(f"last-{number}"):
            compute(0.01)
    assert f"last-{number}" in {frame.name for frame in profiler.profile.frames}
print(resident_bytes() - before)
"""


def made(name: str) -> Callable[[], None]:
    space: dict[str, Callable[[], None]] = {}
    exec(f"def {name}(): pass", space)
    return space[name]


@pytest.mark.parametrize("end", ["stop", "cancel"])
def test_frames_of_an_earlier_session_do_not_show(end: str) -> None:
    earlier, later = made("earlier"), made("later")
    profiler = libprof.Profiler().start()
    earlier()
    getattr(profiler, end)()
    profile = profile_of(later)
    assert "later" in names(profile)
    assert "earlier" not in {frame.name for frame in profile.frames}


def test_sessions_at_once_have_names_of_their_own() -> None:
    functions = [made(f"made_{number}") for number in range(8)]
    for _ in range(3):
        profilers = [libprof.Profiler() for _ in functions]
        for profiler, function in zip(profilers, functions, strict=True):
            profiler.start()
            function()
        for profiler in reversed(profilers):
            profiler.stop()
        for profiler, function in zip(profilers, functions, strict=True):
            shown = {name for name in names(profiler.profile) if name.startswith("made_")}
            assert shown == {function.__name__}


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        ("between sessions", "new"),
        ("in a session", "new"),
        ("in a session that has called it", "old"),
    ],
)
def test_new_code_where_other_code_was_has_its_own_name(when: str, shown: str) -> None:
    assert run_python(_REPLACING, when).strip() == shown


def test_what_is_called_once_a_session_is_counted_in_each() -> None:
    function = made("often")
    for times in (1, 3, 2):
        with libprof.Profiler() as profiler:
            for _ in range(times):
                function()
        assert next(f.calls for f in profiler.profile.functions() if f.name == "often") == times


def test_no_session_keeps_code_alive_that_an_earlier_one_has_seen() -> None:
    function = made("mortal")
    profile_of(function)
    code = weakref.ref(function.__code__)
    with libprof.Profiler():
        del function
        gc.collect()
        assert code() is None


def test_code_that_is_hidden_later_is_hidden_from_the_next_session_on() -> None:
    assert run_python(_HIDING).split() == ["True", "False"]


@pytest.mark.parametrize("engine", ["trace", "sample"])
def test_names_do_not_add_up_without_end(engine: str) -> None:
    """Else they would reach the limit of a session in the end, and all new code would be an overflow frame."""
    assert FULL_SESSIONS * LONG_NAMES * LONG_NAME > 64 << 20
    sizes = map(str, (FULL_SESSIONS, LONG_NAMES, LONG_NAME))
    assert int(run_python(_FILLING, engine, *sizes)) < 16e6
