# SPDX-License-Identifier: MIT
"""Histograms as pictures: only the buckets between the first and the last that hold anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import ngettext

from django_profiler import histogram
from django_profiler.admin import svg
from django_profiler.admin.figures import duration
from django_profiler.admin.summaries import occupied

# A single bar as wide as the page would look like a measurement of something else.
_LEAST_BARS = 12


def picture(title: str, counts: Sequence[int], group: str) -> dict[str, Any]:
    first, last = _padded(*occupied(counts))
    bars = [(counts[index], _text(index, counts[index])) for index in range(first, last)]
    return {
        "title": title,
        "svg": svg.histogram(bars, group),
        "low": duration(histogram.lower_bound(first)),
        "high": duration(histogram.lower_bound(last)),
        "median": duration(histogram.percentile(counts, 0.5)),
        "p95": duration(histogram.percentile(counts, 0.95)),
    }


def _padded(first: int, last: int) -> tuple[int, int]:
    missing = max(0, _LEAST_BARS - (last - first))
    first = max(0, min(first - missing // 2, histogram.BUCKETS - _LEAST_BARS))
    return first, max(last, first + _LEAST_BARS)


def _text(index: int, count: int) -> str:
    low, high = (duration(histogram.lower_bound(edge)) for edge in (index, index + 1))
    requests = ngettext("%(count)d request", "%(count)d requests", count) % {"count": count}
    return f"{low} – {high}: {requests}"
