# SPDX-License-Identifier: MIT
from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

import libprof
from django_profiler.admin import redaction
from django_profiler.admin.redaction import BrokenDocument, without_statements
from tests.django_admin.documents import STATEMENT, document, packed, sampled, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable


def test_only_the_statements_change() -> None:
    before, after = document(), unpacked(without_statements(packed()))
    assert after["nodes"] == before["nodes"]
    assert after["frames"]["name"][:2] == before["frames"]["name"][:2]
    assert after["strings"][after["frames"]["name"][2]] == "SQL statement"
    assert STATEMENT not in after["strings"]


def test_the_result_is_still_a_profile() -> None:
    profile = libprof.Profile.from_bytes(without_statements(packed()))
    names = {(each.name, each.kind) for each in profile.functions()}
    assert ("SQL statement", "sql") in names
    assert ("shop.views.index", "python") in names


def test_lines_and_the_timeline_stay_and_name_no_statement() -> None:
    before, data = sampled(), without_statements(packed(sampled()))
    after = unpacked(data)
    assert (after["lines"], after["timeline"]) == (before["lines"], before["timeline"])
    assert STATEMENT not in json.dumps(after)
    profile = libprof.Profile.from_bytes(data)
    assert {line.frame.name for line in profile.lines()} == {"shop.views.index", "SQL statement"}
    assert STATEMENT not in {part.node.frame.name for part in profile.timeline()}
    assert STATEMENT.encode() not in profile.export("speedscope")


@pytest.mark.parametrize(
    ("table", "column"),
    [("nodes", "calls"), ("lines", "line"), ("lines", "text"), ("timeline", "x")],
)
def test_a_statement_in_a_table_of_numbers_is_not_passed_on(table: str, column: str) -> None:
    content = sampled()
    content[table][column] = [STATEMENT]
    with pytest.raises(BrokenDocument):
        without_statements(packed(content))


def test_a_string_that_something_else_uses_stays() -> None:
    content = document()
    content["frames"]["name"][1] = 3
    after = unpacked(without_statements(packed(content)))
    assert after["strings"][after["frames"]["name"][1]] == STATEMENT
    assert after["strings"][after["frames"]["name"][2]] == "SQL statement"


def test_metadata_that_holds_statements_goes_as_well() -> None:
    content = document() | {"metadata": {"sql": [STATEMENT], "host": "web1"}, "spans": [STATEMENT]}
    after = unpacked(without_statements(packed(content)))
    assert after["metadata"] == {"host": "web1"}
    assert STATEMENT not in json.dumps(after)


def _without_strings(content: dict[str, Any]) -> None:
    del content["strings"]


def _kind_out_of_range(content: dict[str, Any]) -> None:
    content["frames"]["kind"][2] = 99


def _metadata_of_another_type(content: dict[str, Any]) -> None:
    content["metadata"] = "text"


@pytest.mark.parametrize(
    "damage", [_without_strings, _kind_out_of_range, _metadata_of_another_type]
)
def test_documents_of_another_shape_are_refused(damage: Callable[[dict[str, Any]], None]) -> None:
    content = document()
    damage(content)
    with pytest.raises(BrokenDocument):
        without_statements(packed(content))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        packed()[:40],
        gzip.compress(b"{"),
        gzip.compress(b"[]"),
        gzip.compress(b"[" * 100_000),
        packed()[:20] + b"\xff\xff\xff\xff" + packed()[24:],
    ],
    ids=["empty", "no gzip", "cut", "no json", "a list", "deep", "flipped bits"],
)
def test_bytes_that_are_no_document_are_refused(data: bytes) -> None:
    with pytest.raises(BrokenDocument):
        without_statements(data)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "MAX_UNPACKED", 1000)
    with pytest.raises(BrokenDocument, match="large"):
        without_statements(gzip.compress(b" " * 1001))
