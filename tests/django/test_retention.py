# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_profiler import counters, retention, store
from django_profiler.limits import PERIOD_DAYS
from django_profiler.models import Profile, ProfileBlob, View, ViewPeriod
from django_profiler.reasons import Event
from django_profiler.records import Sealed
from tests.django.makers import make_facts

pytestmark = pytest.mark.django_db

Change = Callable[..., None]


def save(*, days: float = 0, size: int = 100, path: str = "/", pinned: bool = False) -> None:
    created = timezone.now() - timedelta(days=days)
    facts = make_facts(created=created, path=path)
    store.save(Sealed(facts, b"x" * size))
    if pinned:
        Profile.objects.filter(pk=facts.id).update(pinned=True)


def paths() -> list[str]:
    return list(Profile.objects.order_by("path").values_list("path", flat=True))


def test_nothing_within_the_bounds_is_deleted() -> None:
    save()
    assert retention.prune() == retention.Pruned(profiles=0, trees=0, periods=0)
    assert paths() == ["/"]


def test_old_profiles_go(profiler: Change) -> None:
    profiler(MAX_AGE=timedelta(days=2))
    for days in (0, 1, 3, 4):
        save(days=days, path=f"/{days}")
    assert retention.prune().profiles == 2
    assert paths() == ["/0", "/1"]
    assert ProfileBlob.objects.count() == 2
    assert counters.get(Event.PRUNED) == 2


def test_the_oldest_go_when_there_are_too_many(profiler: Change) -> None:
    profiler(MAX_PROFILES=2)
    for days in range(5):
        save(days=days, path=f"/{days}")
    assert retention.prune().profiles == 3
    assert paths() == ["/0", "/1"]


def test_the_oldest_go_when_they_are_too_large(
    profiler: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "TREE_BYTES", 0)
    profiler(MAX_BYTES=3500)
    for days in range(5):
        save(days=days, path=f"/{days}", size=1000)
    assert retention.prune().profiles == 2
    assert paths() == ["/0", "/1", "/2"]


def test_merged_trees_count_and_never_take_more_than_their_share(profiler: Change) -> None:
    profiler(MAX_BYTES=4000)
    for days in range(4):
        save(days=days, path=f"/{days}", size=1000)
    pruned = retention.prune()
    trees = sum(ViewPeriod.objects.values_list("tree_bytes", flat=True))
    profiles = sum(Profile.objects.values_list("size_bytes", flat=True))
    assert pruned.trees == 3
    assert trees == 1000
    assert trees + profiles <= 4000
    assert paths() == ["/0", "/1", "/2"]


def test_pinned_profiles_stay(profiler: Change) -> None:
    profiler(MAX_AGE=timedelta(days=1), MAX_PROFILES=1, MAX_BYTES=1)
    save(days=9, path="/pinned", pinned=True)
    save(days=8, path="/old")
    save(path="/new")
    retention.prune()
    assert paths() == ["/pinned"]


def test_sums_outlive_the_profiles(profiler: Change) -> None:
    profiler(MAX_PROFILES=0)
    save()
    retention.prune()
    assert paths() == []
    assert View.objects.get().profile_count == 1
    assert ViewPeriod.objects.get().count == 1


def test_old_periods_lose_their_tree_first_and_go_later(profiler: Change) -> None:
    profiler(MAX_AGE=timedelta(days=1))
    save(days=PERIOD_DAYS - 1)
    save(days=PERIOD_DAYS + 1)
    pruned = retention.prune()
    assert (pruned.trees, pruned.periods) == (1, 1)
    period = ViewPeriod.objects.get()
    assert (period.tree, period.tree_bytes, period.count) == (None, 0, 1)


def test_large_numbers_go_in_chunks(profiler: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PRUNE_CHUNK", 3)
    profiler(MAX_PROFILES=1)
    for _ in range(11):
        save()
    assert retention.prune().profiles == 10
    assert len(paths()) == 1


def test_pruning_is_quick_for_many_profiles(
    profiler: Change, django_assert_max_num_queries: Any
) -> None:
    profiler(MAX_PROFILES=0)
    for _ in range(40):
        save()
    with django_assert_max_num_queries(20):
        assert retention.prune().profiles == 40
