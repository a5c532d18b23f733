# SPDX-License-Identifier: MIT
from __future__ import annotations

import gzip
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import libprof
from tests.python.documents import LINES, RECURSIVE, document_of, pack, profile_from
from tests.python.helpers import walk


def _check(profile: libprof.Profile) -> None:
    """What a document promises, whoever wrote it."""
    for node in walk(profile.root):
        assert node.total_wall_ns == node.self_wall_ns + sum(c.total_wall_ns for c in node.children)
        assert node.total_cpu_ns == node.self_cpu_ns + sum(c.total_cpu_ns for c in node.children)
        assert len({child.frame for child in node.children}) == len(node.children)
    lines = profile.lines()
    assert len({(line.frame, line.line) for line in lines}) == len(lines)
    assert all(line.frame in profile.frames[1:] for line in lines)
    assert profile.export("speedscope")


def test_the_example_in_the_documentation_is_a_profile(root: Path) -> None:
    text = (root / "docs" / "format.md").read_text()
    example = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])
    profile = libprof.Profile.from_bytes(pack(example))
    _check(profile)
    assert json.loads(profile.export("json")) == example


def test_a_profile_survives_being_written_and_read() -> None:
    metadata = {"url": "/x", "list": [1, None, {"b": "é"}]}
    profile = profile_from(RECURSIVE, metadata=metadata, lines=LINES)
    copy = libprof.Profile.from_bytes(profile.to_bytes())
    assert json.loads(copy.export("json"))["lines"] == LINES
    assert copy.to_bytes() == profile.to_bytes()
    assert copy.metadata == metadata
    assert [node.frame for node in walk(copy.root)] == [node.frame for node in walk(profile.root)]


def test_the_json_export_is_the_document_unpacked() -> None:
    profile = profile_from(RECURSIVE)
    assert profile.export("json") == gzip.decompress(profile.to_bytes())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "libprof.profile/2"}, "schema is not libprof.profile/1"),
        ({"engine": None}, "engine is not a string"),
        ({"wall_ns": -1}, "wall_ns is not a whole number"),
        ({"nodes": {}}, "nodes.parent is missing"),
        ({"strings": ["", 1]}, r"strings\[1\] is not a string"),
        ({"metadata": []}, "metadata is not an object"),
        ({"lines": []}, "lines is not an object"),
        ({"lines": {**LINES, "frame": [2, 1, 0]}}, r"lines.frame\[2\] is the root frame"),
        ({"lines": {**LINES, "line": [4, 5, 4]}}, r"lines\[2\] repeats an earlier line"),
    ],
)
def test_errors_name_the_value(change: dict[str, Any], message: str) -> None:
    with pytest.raises(libprof.FormatError, match=message):
        profile_from(RECURSIVE, **change)


def test_a_damaged_file_is_refused() -> None:
    data = profile_from(RECURSIVE).to_bytes()
    for damaged in (b"", b"{}", data[:-1], data[: len(data) // 2], data + b"x", data + data):
        with pytest.raises(libprof.FormatError):
            libprof.Profile.from_bytes(damaged)


def test_a_small_file_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = gzip.compress(b" " * (257 << 20), 9)
    assert len(bomb) < 1 << 20
    with pytest.raises(libprof.FormatError, match="more than"):
        libprof.Profile.from_bytes(bomb)


_values = (
    st.none()
    | st.booleans()
    | st.integers(-2, 1 << 40)
    | st.just(1 << 53)
    | st.floats()
    | st.text(max_size=3)
)
_members = st.sampled_from(sorted(document_of(RECURSIVE, lines=LINES)))


@given(member=_members, value=_values | st.lists(_values) | st.dictionaries(st.text(), _values))
def test_a_wrong_member_is_an_error_or_a_profile(member: str, value: Any) -> None:
    with suppress(libprof.FormatError):
        _check(profile_from(RECURSIVE, **{"lines": LINES, member: value}))


@given(
    table=st.sampled_from(["frames", "nodes", "lines"]),
    place=st.integers(0, 100),
    row=st.integers(0, 8),
    value=_values,
)
def test_a_wrong_cell_is_an_error_or_a_profile(
    table: str, place: int, row: int, value: Any
) -> None:
    columns = document_of(RECURSIVE, lines=LINES)[table]
    column = list(columns)[place % len(columns)]
    cells = list(columns[column])
    cells[row % len(cells)] = value
    with suppress(libprof.FormatError):
        _check(profile_from(RECURSIVE, **{"lines": LINES, table: {**columns, column: cells}}))
