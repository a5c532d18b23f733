# SPDX-License-Identifier: MIT
from __future__ import annotations

import json

import pytest

from django_profiler import records
from django_profiler.records import Sealed, clean, clean_key, seal
from tests.django.makers import make_facts, make_record, make_sealed


def test_a_spooled_record_is_read_as_it_was_written() -> None:
    sealed = make_sealed(path="/größe/", user="7", status=None)
    assert Sealed.from_bytes(sealed.to_bytes()) == sealed


def test_a_record_without_a_document_is_read_as_it_was_written() -> None:
    sealed = Sealed(make_facts(), None)
    assert Sealed.from_bytes(sealed.to_bytes()) == sealed


def test_every_truncation_is_noticed() -> None:
    data = Sealed(make_facts(), b"document").to_bytes()
    for length in range(len(data)):
        with pytest.raises(ValueError):  # noqa: PT011
            Sealed.from_bytes(data[:length])


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"id": "no uuid"},
        {"id": 5},
        {"created": "yesterday"},
        {"created": "2026-11-24T10:30:00"},
        {"wall_ns": -1},
        {"sql_count": "3"},
        {"route": None},
        {"unknown": 1},
        {"document": 3},
    ],
)
def test_anything_else_is_no_record(change: dict) -> None:
    head, _, document = Sealed(make_facts(), b"document").to_bytes().partition(b"\n")
    changed = json.dumps({**json.loads(head), **change}).encode()
    with pytest.raises(ValueError):  # noqa: PT011
        Sealed.from_bytes(changed + b"\n" + document)


@pytest.mark.parametrize("data", [b"", b"\n", b"[]\n", b"null\n", b"\xff\xfe\n", b"{}\n", b"{}"])
def test_rubbish_is_no_record(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Sealed.from_bytes(data)


def test_a_document_too_large_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "DOCUMENT_BYTES", 10)
    sealed = seal(make_record())
    assert sealed.document is None
    assert "document" in sealed.facts.truncated


@pytest.mark.parametrize(
    ("text", "cleaned"), [("a\0b", "a\ufffdb"), ("a\udcffb", "a?b"), ("abcdef", "abcde"), ("", "")]
)
def test_text_is_cleaned_for_every_database(text: str, cleaned: str) -> None:
    assert clean(text, 5) == cleaned


def test_long_keys_that_begin_alike_stay_apart() -> None:
    one, two = (clean_key("x" * 300 + end, 255) for end in "ab")
    assert one != two
    assert len(one) == len(two) == 255
    assert clean_key("short", 255) == "short"
