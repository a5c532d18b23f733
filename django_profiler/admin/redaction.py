# SPDX-License-Identifier: MIT
"""Profiles for people who may not see SQL: what took how long stays, the statements go."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from typing import Any

from django.utils.translation import gettext as _

# A document that unpacks to more than this is not worth an answer: the store takes no larger.
MAX_UNPACKED = 256 * 1024 * 1024
_SQL = "sql"
# Tables of these hold numbers only: a text in one would come past the string table.
_TABLES_OF_NUMBERS = ("nodes", "lines", "timeline")
_HIDDEN_METADATA = ("sql", "queries", "statements", "query_string")

# What reading bytes from elsewhere as gzip'd JSON of the expected shape can raise.
_BREAKAGES = (
    OSError,
    EOFError,
    zlib.error,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)


class BrokenDocument(ValueError):
    """The stored bytes are not a document."""


def without_statements(data: bytes) -> bytes:
    """The document with every statement replaced; raises `BrokenDocument`."""
    try:
        document = json.loads(_unpack(data))
        _hide_statements(document)
    except _BREAKAGES as error:
        raise BrokenDocument(str(error) or type(error).__name__) from error
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)


def _unpack(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
        unpacked = stream.read(MAX_UNPACKED + 1)
    if len(unpacked) > MAX_UNPACKED:
        raise ValueError("too large")
    return unpacked


def _hide_statements(document: dict[str, Any]) -> None:
    strings, frames = document["strings"], document["frames"]
    replacement = len(strings)
    strings.append(str(_("SQL statement")))
    for index, kind in enumerate(frames["kind"]):
        if strings[kind] == _SQL:
            frames["name"][index] = replacement
    # The statements themselves are still in the string table: blank what no frame names any more.
    used = {index for column in ("name", "file", "kind") for index in frames[column]}
    document["strings"] = [text if i in used else "" for i, text in enumerate(strings)]
    for key in _HIDDEN_METADATA:
        document.get("metadata", {}).pop(key, None)
    document.pop("spans", None)
    for table in _TABLES_OF_NUMBERS:
        for column in document.get(table, {}).values():
            _require_numbers(column)


def _require_numbers(column: list[Any]) -> None:
    if not all(type(value) in (int, float) for value in column):
        raise ValueError("a table of numbers holds something else")
