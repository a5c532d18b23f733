# SPDX-License-Identifier: MIT
"""What the hourly periods of views add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from django_profiler import histogram
from django_profiler.conf import profiler_settings
from django_profiler.models import View, ViewPeriod

# Fifty views on a page times so many hours are read and added up for the list.
RECENT = timedelta(hours=72)
# Rows of the table of periods on the page of a view: two days.
PERIODS_SHOWN = 48


@dataclass(slots=True)
class RecentWalls:
    """Wall times of one view over the recent periods."""

    wall_histogram: list[int] = field(default_factory=histogram.empty)
    means: list[float] = field(default_factory=list)
    wall_ns_max: int = 0

    @property
    def p95(self) -> float | None:
        return histogram.percentile(self.wall_histogram, 0.95, largest=self.wall_ns_max)


def recent_walls(views: Iterable[View]) -> dict[Any, RecentWalls]:
    rows = (
        ViewPeriod.objects.using(profiler_settings().DATABASE)
        .filter(view__in=[view.pk for view in views], hour__gte=timezone.now() - RECENT)
        .order_by("hour")
        .values_list("view_id", "wall_histogram", "wall_ns_total", "wall_ns_max", "count")
    )
    found: dict[Any, RecentWalls] = defaultdict(RecentWalls)
    for view_id, walls, total, largest, count in rows:
        recent = found[view_id]
        recent.wall_histogram = histogram.merge([recent.wall_histogram, walls])
        recent.wall_ns_max = max(recent.wall_ns_max, largest)
        recent.means.append(total / count if count else 0.0)
    return dict(found)


def periods_of(view: View) -> list[ViewPeriod]:
    """The latest periods without their trees, which may be a megabyte each."""
    periods = ViewPeriod.objects.using(view._state.db).filter(view=view)
    return list(periods.defer("tree").order_by("-hour")[:PERIODS_SHOWN])


def occupied(counts: Sequence[int]) -> tuple[int, int]:
    """First and past-the-last bucket that hold anything."""
    filled = [index for index, count in enumerate(counts) if count]
    return (filled[0], filled[-1] + 1) if filled else (0, 0)
