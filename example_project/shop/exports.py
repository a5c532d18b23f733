# SPDX-License-Identifier: MIT
"""All orders as CSV, row by row: the file is never in memory as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from shop.models import Order

HEADER = ("number", "placed_at", "status", "customer", "city", "country", "total")
FIELDS = (
    "number",
    "placed_at",
    "status",
    "customer__name",
    "customer__city",
    "customer__country",
    "total",
)
ROWS_PER_CHUNK = 200


def stream_orders() -> Iterator[str]:
    yield format_rows([HEADER])
    chunk: list[tuple[Any, ...]] = []
    for row in Order.objects.values_list(*FIELDS).iterator(chunk_size=ROWS_PER_CHUNK):
        chunk.append(format_row(row))
        if len(chunk) == ROWS_PER_CHUNK:
            yield format_rows(chunk)
            chunk.clear()
    if chunk:
        yield format_rows(chunk)


def format_row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    number, placed_at, *rest = row
    return (number, placed_at.isoformat(timespec="minutes"), *map(defuse, rest))


def defuse(value: Any) -> Any:
    """Keep spreadsheets from taking a customer's name for a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
        return f"'{value}"
    return value


def format_rows(rows: list[tuple[Any, ...]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()
