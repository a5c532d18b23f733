# SPDX-License-Identifier: MIT
"""Profiles: functions, documents, merging. (Formats of export have tests of their own.)"""

from __future__ import annotations

import copy
import gzip
import json
import random
import time
import zlib
from typing import Any

import pytest

import libprof
from libprof import profile as profile_module
from tests.python.documents import LINES, RECURSIVE, profile_from
from tests.python.helpers import check_tree, function_named, profile_of, walk


def leaf() -> None:
    len([])


def work() -> None:
    for _ in range(10):
        leaf()
    recurse(3)


def recurse(n: int) -> None:
    if n:
        recurse(n - 1)
        leaf()


@pytest.fixture(scope="module")
def profile() -> libprof.Profile:
    return profile_of(work, name="näme", metadata={"key": ["värde", 1, None]})


def test_functions_are_the_tree_by_function(profile: libprof.Profile) -> None:
    functions = profile.functions()
    assert [f.self_wall_ns for f in functions] == sorted(
        (f.self_wall_ns for f in functions), reverse=True
    )
    nodes = list(walk(profile.root))
    for function in functions:
        of_function = [n for n in nodes if n.frame.name == function.name]
        assert function.calls == sum(n.calls for n in of_function)
        assert function.self_wall_ns == sum(n.self_wall_ns for n in of_function)
        assert function.self_cpu_ns == sum(n.self_cpu_ns for n in of_function)
    assert function_named(profile, "leaf").calls == 13
    assert function_named(profile, "recurse").calls == 4
    assert function_named(profile, "work").line == work.__code__.co_firstlineno
    assert function_named(profile, "work").file == __file__
    assert function_named(profile, "builtins.len").file == ""
    assert not any(function.kind == "root" for function in functions)


def test_lines_come_heaviest_first() -> None:
    profile = profile_from(RECURSIVE, lines=LINES)
    f, g = profile.frames[1:3]
    assert (f.name, g.name) == ("f", "g")
    assert profile.lines() == [
        libprof.LineStats(g, 20, 4, 20_000, 1, 30_000, 2),
        libprof.LineStats(g, 21, 3, 600, 600, 700, 650),
        libprof.LineStats(f, 11, 0, 0, 0, 9_000, 10),
    ]
    line = profile.lines()[1]
    assert (line.frame, line.line, line.samples) == (g, 21, 3)
    assert (line.self_wall_ns, line.self_cpu_ns) == (600, 600)
    assert (line.total_wall_ns, line.total_cpu_ns) == (700, 650)


def test_lines_of_equal_weight_come_by_frame_and_line() -> None:
    places = [(2, 9), (1, 30), (2, 8), (1, 4)]
    columns = {name: [7] * len(places) for name in LINES}
    columns |= {"frame": [frame for frame, _ in places], "line": [line for _, line in places]}
    profile = profile_from(RECURSIVE, lines=columns)
    assert [(line.frame.name, line.line) for line in profile.lines()] == [
        ("f", 4),
        ("f", 30),
        ("g", 8),
        ("g", 9),
    ]


def test_largest_values_of_lines() -> None:
    columns = {name: [2**53 - 1] for name in LINES} | {"frame": [1], "line": [2**32 - 1]}
    (line,) = profile_from(RECURSIVE, lines=columns).lines()
    assert line[1:] == (2**32 - 1, *[2**53 - 1] * 5)


def test_traced_profiles_have_no_lines(profile: libprof.Profile) -> None:
    assert profile.lines() == []
    assert "lines" not in json.loads(profile.export("json"))


def test_document_gives_the_profile_back(profile: libprof.Profile) -> None:
    data = profile.to_bytes()
    again = libprof.Profile.from_bytes(data)
    assert again.to_bytes() == data == profile.to_bytes()
    assert again.functions() == profile.functions()
    assert (again.name, again.engine, again.started) == (profile.name, "trace", profile.started)
    assert again.metadata == profile.metadata == {"key": ["värde", 1, None]}
    assert again.counters == profile.counters
    assert (again.wall_ns, again.cpu_ns) == (profile.wall_ns, profile.cpu_ns)
    assert again.overhead_ns == profile.overhead_ns > 0
    assert [n.overhead_ns for n in walk(again.root)] == [n.overhead_ns for n in walk(profile.root)]
    check_tree(again)
    assert repr(again) == repr(profile)


def test_from_bytes_takes_any_bytes(profile: libprof.Profile) -> None:
    data = profile.to_bytes()
    assert libprof.Profile.from_bytes(bytearray(data)).functions() == profile.functions()
    assert libprof.Profile.from_bytes(memoryview(data)).functions() == profile.functions()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b"\x1f\x8b",
        b"{}",
        gzip.compress(b""),
        gzip.compress(b"nonsense"),
        gzip.compress(b"{}"),
        gzip.compress(b"[]"),
        gzip.compress(b"null"),
        gzip.compress(b'{"schema":"libprof.profile/1"}'),
        gzip.compress(b'{"schema":"libprof.profile/2"}'),
        gzip.compress(b"[" * 100_000),
        gzip.compress(b"\xff\xfe"),
        zlib.compress(b"{}"),
    ],
    ids=range(14),
)
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(libprof.FormatError) as caught:
        libprof.Profile.from_bytes(data)
    assert str(caught.value)


def test_truncation_is_refused(profile: libprof.Profile) -> None:
    data = profile.to_bytes()
    for length in range(0, len(data) - 1, 7):
        with pytest.raises(libprof.FormatError):
            libprof.Profile.from_bytes(data[:length])
    with pytest.raises(libprof.FormatError, match="bytes follow"):
        libprof.Profile.from_bytes(data + b"x")


def test_truncated_json_is_refused(profile: libprof.Profile) -> None:
    document = profile.export("json")
    for length in range(0, len(document) - 1, 31):
        with pytest.raises(libprof.FormatError):
            libprof.Profile.from_bytes(gzip.compress(document[:length], 1))


def test_gzip_bomb_is_refused_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_module, "MAX_DOCUMENT_BYTES", 1 << 20)
    bomb = gzip.compress(bytes(64 << 20))
    assert len(bomb) < 100_000
    begin = time.perf_counter()
    with pytest.raises(libprof.FormatError, match="unpacks to more than"):
        libprof.Profile.from_bytes(bomb)
    assert time.perf_counter() - begin < 1


def edited(profile: libprof.Profile, edit: Any) -> bytes:
    document = json.loads(profile.export("json"))
    edit(document)
    return gzip.compress(json.dumps(document).encode())


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d["nodes"]["parent"].__setitem__(1, 1),
        lambda d: d["nodes"]["parent"].__setitem__(1, 5),
        lambda d: d["nodes"]["parent"].__setitem__(1, -1),
        lambda d: d["nodes"]["parent"].__setitem__(0, 0),
        lambda d: d["nodes"]["frame"].__setitem__(1, 10**6),
        lambda d: d["nodes"]["calls"].__setitem__(1, -1),
        lambda d: d["nodes"]["calls"].__setitem__(1, 2**60),
        lambda d: d["nodes"]["calls"].__setitem__(1, 1.5),
        lambda d: d["nodes"]["calls"].__setitem__(1, "1"),
        lambda d: d["nodes"]["calls"].__setitem__(1, None),
        lambda d: d["nodes"]["calls"].pop(),
        lambda d: d["nodes"]["self_wall"].append(1),
        lambda d: d["nodes"].pop("await"),
        lambda d: d["frames"]["name"].__setitem__(1, 10**6),
        lambda d: d["frames"]["kind"].__setitem__(1, 10**6),
        lambda d: d["frames"]["line"].__setitem__(1, -3),
        lambda d: d["frames"].pop("file"),
        lambda d: d["strings"].__setitem__(0, 3),
        lambda d: d.__setitem__("strings", {}),
        lambda d: d.__setitem__("nodes", []),
        lambda d: d.__setitem__("wall_ns", -1),
        lambda d: d.__setitem__("overhead_ns", -1),
        lambda d: d.__setitem__("overhead_ns", "1"),
        lambda d: d["nodes"]["overhead"].pop(),
        lambda d: d["nodes"]["overhead"].__setitem__(1, 2**53),
        lambda d: d["nodes"]["overhead"].__setitem__(1, None),
        lambda d: d.__setitem__("metadata", []),
        lambda d: d.__setitem__("counters", {"events": "x"}),
        lambda d: d.pop("schema"),
        lambda d: d.pop("nodes"),
        lambda d: [column.clear() for column in d["nodes"].values()],
    ],
    ids=range(31),
)
def test_edited_documents_are_refused(profile: libprof.Profile, edit: Any) -> None:
    with pytest.raises(libprof.FormatError) as caught:
        libprof.Profile.from_bytes(edited(profile, edit))
    assert str(caught.value)


def test_damaged_bytes_never_crash(profile: libprof.Profile) -> None:
    document = profile.export("json")
    source = random.Random(1)
    for _ in range(300):
        damaged = bytearray(document)
        for _ in range(source.randint(1, 8)):
            damaged[source.randrange(len(damaged))] = source.randrange(256)
        try:
            read = libprof.Profile.from_bytes(gzip.compress(bytes(damaged), 1))
        except libprof.FormatError:
            continue
        assert isinstance(read.functions(), list)


def test_profiles_are_immutable(profile: libprof.Profile) -> None:
    with pytest.raises(AttributeError):
        profile.wall_ns = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        profile.root.calls = 1  # type: ignore[misc]
    counters = profile.counters
    counters["events"] = 0
    assert profile.counters["events"] != 0


def test_unknown_format(profile: libprof.Profile) -> None:
    with pytest.raises(ValueError, match="unknown export format 'nonsense'"):
        profile.export("nonsense")


# ---- merging ---------------------------------------------------------------------------------------


def test_merge_adds_up(profile: libprof.Profile) -> None:
    other = profile_of(lambda: (leaf(), work()))
    merged = libprof.merge([profile, other, profile])

    check_tree(merged)
    for function in merged.functions():
        parts = [
            f for p in (profile, other, profile) for f in p.functions() if f[:4] == function[:4]
        ]
        assert function.calls == sum(part.calls for part in parts)
        assert function.self_wall_ns == sum(part.self_wall_ns for part in parts)
    assert merged.wall_ns == 2 * profile.wall_ns + other.wall_ns
    assert merged.counters["merged"] == 3


def test_merge_adds_lines_up() -> None:
    with_lines = profile_from(RECURSIVE, lines=LINES)
    without = profile_from(RECURSIVE)
    merged = libprof.merge([with_lines, without, with_lines])
    assert [line[:2] for line in merged.lines()] == [line[:2] for line in with_lines.lines()]
    for line, part in zip(merged.lines(), with_lines.lines(), strict=True):
        assert line[2:] == tuple(2 * value for value in part[2:])
    assert libprof.merge([without, without]).lines() == []


def test_merge_in_any_order_and_grouping() -> None:
    one, two, three = (profile_of(target) for target in (work, leaf, lambda: recurse(2)))
    flat = libprof.merge([one, two, three])
    grouped = libprof.merge([libprof.merge([three, one]), two])
    assert sorted(flat.functions()) == sorted(grouped.functions())
    assert flat.to_bytes() == libprof.merge(iter([one, two, three])).to_bytes()


def test_merge_of_nothing_and_of_strangers() -> None:
    with pytest.raises((ValueError, RuntimeError), match="argument"):
        libprof.merge([])
    with pytest.raises((TypeError, AttributeError)):
        libprof.merge([copy])  # type: ignore[list-item]


def test_deep_trees_have_no_limit_of_recursion() -> None:
    """Nothing in Python or C may walk the tree recursively."""
    import sys

    def down(n: int) -> int:
        return 0 if n == 0 else down(n - 1)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        deep = profile_of(down, 15_000)
    finally:
        sys.setrecursionlimit(limit)

    again = libprof.Profile.from_bytes(deep.to_bytes())
    merged = libprof.merge([deep, again])
    assert function_named(merged, down.__qualname__).calls == 2 * 15_001
    for format in libprof.FORMATS:
        assert deep.export(format)
    assert len(libprof.diff(deep, merged).nodes()) == len(list(walk(deep.root)))
