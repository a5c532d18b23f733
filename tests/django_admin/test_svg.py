# SPDX-License-Identifier: MIT
from __future__ import annotations

import re

import pytest

from django_profiler import histogram
from django_profiler.admin import svg
from django_profiler.admin.figures import duration
from django_profiler.admin.histograms import picture


@pytest.mark.parametrize(("share", "width"), [(0.5, "50.0%"), (-1, "0.0%"), (7, "100.0%")])
def test_bars_stay_inside(share: float, width: str) -> None:
    assert f'width="{width}"' in svg.share_bar(share)


def test_the_highest_bar_fills_the_height_and_small_ones_can_be_seen() -> None:
    heights = re.findall(r'height="([\d.]+)" class', svg.sparkline([1000, 0, 1]))
    assert heights == ["22.00", "0.00", "1.00"]


def test_nothing_to_draw_is_an_empty_picture() -> None:
    assert "<rect" not in svg.sparkline([])


def test_texts_are_escaped() -> None:
    assert "<b>" not in svg.histogram([(1, "<b>")], "app")


def test_a_histogram_is_cut_to_what_it_holds() -> None:
    counts = histogram.empty()
    for milliseconds in (10, 10, 40):
        counts = histogram.add(counts, milliseconds * 1_000_000)
    drawn = picture("Wall", counts, "app")
    assert drawn["svg"].count("<rect") == 12
    assert drawn["svg"].count("2 requests") == 1
    assert drawn["svg"].count(": 1 request<") == 1
    assert drawn["median"] == duration(histogram.percentile(counts, 0.5))


@pytest.mark.parametrize("edge", [0, histogram.BUCKETS - 1])
def test_buckets_at_the_edges_are_drawn(edge: int) -> None:
    counts = histogram.empty()
    counts[edge] = 5
    assert "5 requests" in picture("Wall", counts, "app")["svg"]
