# SPDX-License-Identifier: MIT
from __future__ import annotations

from decimal import Decimal

import pytest

from django_profiler.admin.figures import duration, percent, route, size


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (None, "–"),
        (0, "0"),
        (7, "7 ns"),
        (1000, "1.00 µs"),
        (12345, "12.3 µs"),
        (999_960, "1.00 ms"),
        (123_456_789, "123 ms"),
        (1_500_000_000, "1.50 s"),
        (Decimal("2500000"), "2.50 ms"),
    ],
)
def test_durations_have_three_digits_and_a_unit(ns: float | None, text: str) -> None:
    assert duration(ns) == text


def test_shares_are_whole_percents() -> None:
    assert percent(1, 8) == "12%"
    assert percent(1, 0) == "–"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (64_700, "64.7 kB"), (999_700, "1.00 MB")]
)
def test_sizes_have_three_digits_and_a_unit(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("pattern", "text"), [("", "/"), ("products/", "/products/"), ("^a/$", "^a/$"), ("/x/", "/x/")]
)
def test_routes_are_shown_as_addresses(pattern: str, text: str) -> None:
    assert route(pattern) == text
