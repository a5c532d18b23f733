# SPDX-License-Identifier: MIT
"""cProfile counts the same calls where it means the same: functions that are not suspended, and builtins."""

from __future__ import annotations

import cProfile
import pstats
import re
from collections import Counter
from types import CodeType

import pytest

import libprof
from tests.python.counter import SUSPENDS
from tests.python.targets import generated

#: "<built-in method builtins.len>", "<method 'append' of 'list' objects>"
BUILTIN = re.compile(r"<built-in method (?:\w+\.)*(\w+)>|<method '(\w+)' of ")


pytestmark = pytest.mark.usefixtures("quiet")


def incomparable(source: str) -> set[tuple[str, int]]:
    """Generators and coroutines: it counts their steps, not their calls. And all code that has its name
    and first line in common with other code: its table has one row for both.
    """
    seen: set[tuple[str, int]] = set()
    found = {("<module>", 1), ("made", 1)}  # of exec and eval
    stack: list[CodeType] = [generated.compiled(source)]
    while stack:
        code = stack.pop()
        key = (code.co_name, code.co_firstlineno)
        if key in seen or code.co_flags & SUSPENDS:
            found.add(key)
        seen.add(key)
        stack += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return found


def by_cprofile(other: cProfile.Profile) -> tuple[Counter[tuple[str, int]], Counter[str]]:
    functions: Counter[tuple[str, int]] = Counter()
    builtins: Counter[str] = Counter()
    for (file, line, name), (_, calls, *_) in pstats.Stats(other).stats.items():  # type: ignore[attr-defined]
        match = BUILTIN.match(name)
        if match:
            builtins[match[1] or match[2]] += calls
        elif file == generated.FILE:
            functions[name, line] += calls
    return functions, builtins


def by_libprof(profile: libprof.Profile) -> tuple[Counter[tuple[str, int]], Counter[str]]:
    functions: Counter[tuple[str, int]] = Counter()
    builtins: Counter[str] = Counter()
    for function in profile.functions():
        name = function.name.rpartition(".")[2]
        if function.kind == "builtin":
            builtins[name] += function.calls
        elif function.file == generated.FILE:
            functions[name, function.line] += function.calls
    return functions, builtins


#: Where bound methods of builtins are called, it loses calls, on 3.12 and 3.13 those around them, too.
LOST = ("builtins", "unreported")
COMPARED = [group for group in (*generated.GROUPS, "own") if group not in LOST]


@pytest.mark.parametrize("group", COMPARED)
def test_cprofile_counts_the_same(group: str) -> None:
    source = generated.each_statement(group)
    main = generated.main_of(source)
    libprof.Profiler().start().stop()  # the first session measures what hooks cost
    other, profiler = cProfile.Profile(), libprof.Profiler()
    other.enable()
    profiler.start()
    main()
    other.disable()
    profiler.stop()

    (theirs, their_builtins), (ours, our_builtins) = (
        by_cprofile(other),
        by_libprof(profiler.profile),
    )
    compared = (theirs | ours).keys() - incomparable(source)
    assert len(compared) > 10
    assert {key: ours[key] for key in compared} == {key: theirs[key] for key in compared}
    names = their_builtins.keys() & our_builtins.keys()
    assert len(names) > 3
    assert {name: our_builtins[name] for name in names} == {n: their_builtins[n] for n in names}
