# SPDX-License-Identifier: MIT
from __future__ import annotations

import pytest

from django_profiler import histogram


@pytest.mark.parametrize(
    ("duration_ns", "index"),
    [
        (0, 0),
        (1023, 0),
        (1024, 1),
        (2047, 4),
        (2048, 5),
        (2**42 - 1, histogram.BUCKETS - 2),
        (2**42, histogram.BUCKETS - 1),
        (2**60, histogram.BUCKETS - 1),
    ],
)
def test_a_duration_falls_into_its_bucket(duration_ns: int, index: int) -> None:
    assert histogram.bucket(duration_ns) == index


def test_buckets_cover_every_duration_without_a_gap() -> None:
    for index in range(1, histogram.BUCKETS):
        low = histogram.lower_bound(index)
        assert histogram.bucket(round(low + 1)) == index
        assert histogram.bucket(int(low) - 1) == index - 1


@pytest.mark.parametrize("q", [0.5, 0.95, 0.99])
def test_a_percentile_is_near_the_exact_one(q: float) -> None:
    durations = [1000 * number**2 for number in range(1, 1001)]
    counts = histogram.empty()
    for duration in durations:
        counts = histogram.add(counts, duration)
    exact = durations[int(q * len(durations)) - 1]
    assert histogram.percentile(counts, q) == pytest.approx(exact, rel=0.1)


def test_a_percentile_is_never_above_the_largest_duration() -> None:
    counts = histogram.add(histogram.empty(), 920_000)
    assert histogram.percentile(counts, 0.95) > 920_000
    assert histogram.percentile(counts, 0.95, largest=920_000) == 920_000


def test_a_percentile_of_nothing_is_none() -> None:
    assert histogram.percentile(histogram.empty(), 0.5) is None


@pytest.mark.parametrize("q", [-0.1, 1.1])
def test_a_share_out_of_range_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        histogram.percentile(histogram.add(histogram.empty(), 5), q)


def test_the_extremes_have_percentiles() -> None:
    counts = histogram.add(histogram.add(histogram.empty(), 0), 2**50)
    assert histogram.percentile(counts, 0.0) == 512
    assert histogram.percentile(counts, 1.0) == 2.0**42


def test_merging_adds_bucket_by_bucket() -> None:
    one = histogram.add(histogram.empty(), 5000)
    two = histogram.add(one, 90_000)
    merged = histogram.merge([one, two])
    assert sum(merged) == 3
    assert merged[histogram.bucket(5000)] == 2


def test_rows_with_another_number_of_buckets_still_add_up() -> None:
    longer = [1] * (histogram.BUCKETS + 3)
    assert sum(histogram.add(longer, 5)) == len(longer) + 1
    assert sum(histogram.merge([[2, 1], longer])) == len(longer) + 3


def test_adding_leaves_the_given_histogram_alone() -> None:
    given = histogram.empty()
    histogram.add(given, 5)
    assert given == histogram.empty()
