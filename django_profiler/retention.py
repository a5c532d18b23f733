# SPDX-License-Identifier: MIT
"""Bounds of the store: age, number and bytes. Pinned profiles are exempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import QuerySet, Sum
from django.utils import timezone

from django_profiler import counters
from django_profiler.conf import profiler_settings
from django_profiler.limits import PERIOD_DAYS, PRUNE_CHUNK, TREE_SHARE
from django_profiler.models import Profile, ViewPeriod
from django_profiler.reasons import Event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Pruned:
    profiles: int
    trees: int
    periods: int


def prune() -> Pruned:
    """Bring the store within the bounds of the settings, oldest first."""
    settings = profiler_settings()
    now = timezone.now()
    periods, trees = _prune_periods(now, settings.MAX_AGE, int(settings.MAX_BYTES * TREE_SHARE))
    profiles = _delete(_too_old(now - settings.MAX_AGE))
    profiles += _delete(_too_many(settings.MAX_PROFILES))
    profiles += _delete(_too_large(settings.MAX_BYTES - _tree_bytes()))
    if profiles:
        counters.add(Event.PRUNED, profiles)
    return Pruned(profiles=profiles, trees=trees, periods=periods)


def _profiles() -> QuerySet:
    return Profile.objects.using(profiler_settings().DATABASE)


def _periods() -> QuerySet:
    return ViewPeriod.objects.using(profiler_settings().DATABASE)


def _too_old(before: datetime) -> Iterator[UUID]:
    old = _profiles().filter(pinned=False, created__lt=before).order_by()
    return old.values_list("pk", flat=True).iterator(PRUNE_CHUNK)


def _too_many(allowed: int) -> Iterator[UUID]:
    # Pinned ones count, but the others have to make room.
    surplus = _profiles().count() - allowed
    if surplus > 0:
        yield from _oldest().values_list("pk", flat=True)[:surplus]


def _too_large(allowed: int) -> Iterator[UUID]:
    surplus = (_profiles().aggregate(size=Sum("size_bytes"))["size"] or 0) - allowed
    if surplus <= 0:
        return
    for key, size in _oldest().values_list("pk", "size_bytes").iterator(PRUNE_CHUNK):
        if surplus <= 0:
            return
        surplus -= size
        yield key


def _oldest() -> QuerySet:
    return _profiles().filter(pinned=False).order_by("created", "pk")


def _delete(keys: Iterator[UUID]) -> int:
    """Delete in chunks, each in its own short transaction. The blobs go with the profiles."""
    deleted = 0
    # Read to the end first: a cursor that is open while its table changes may skip rows.
    every = list(keys)
    for start in range(0, len(every), PRUNE_CHUNK):
        chunk = every[start : start + PRUNE_CHUNK]
        # A profile that was pinned a moment ago stays.
        _, rows = _profiles().filter(pk__in=chunk, pinned=False).delete()
        deleted += rows.get(Profile._meta.label, 0)
    return deleted


def _prune_periods(now: datetime, max_age: timedelta, tree_bytes: int) -> tuple[int, int]:
    old = _periods().filter(hour__lt=now - max(max_age, timedelta(days=PERIOD_DAYS)))
    deleted = 0
    while keys := list(old.values_list("pk", flat=True)[:PRUNE_CHUNK]):
        _, rows = _periods().filter(pk__in=keys).delete()
        deleted += rows.get(ViewPeriod._meta.label, 0)
    aged = _periods().filter(hour__lt=now - max_age - timedelta(hours=1), tree__isnull=False)
    trees = aged.update(tree=None, tree_bytes=0)
    surplus = _tree_bytes() - tree_bytes
    if surplus > 0:
        trees += _drop_trees(surplus)
    return deleted, trees


def _drop_trees(surplus: int) -> int:
    dropped = []
    oldest = _periods().filter(tree__isnull=False).order_by("hour", "pk")
    for key, size in oldest.values_list("pk", "tree_bytes").iterator(PRUNE_CHUNK):
        if surplus <= 0:
            break
        surplus -= size
        dropped.append(key)
    for start in range(0, len(dropped), PRUNE_CHUNK):
        chunk = dropped[start : start + PRUNE_CHUNK]
        _periods().filter(pk__in=chunk).update(tree=None, tree_bytes=0)
    return len(dropped)


def _tree_bytes() -> int:
    return _periods().aggregate(size=Sum("tree_bytes"))["size"] or 0
