# SPDX-License-Identifier: MIT
"""Writing profiles and their sums, and pruning them.

Everything goes to the alias `DATABASE`, in transactions that begin with a write (SQLite then
waits for its lock instead of failing) and stay short: slow work is done before them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from django_profiler import counters, histogram
from django_profiler.conf import profiler_settings
from django_profiler.limits import TREE_BYTES
from django_profiler.models import Profile, ProfileBlob, View, ViewPeriod
from django_profiler.reasons import Event

if TYPE_CHECKING:
    import libprof
    from django_profiler.records import Facts, Sealed


@dataclass(frozen=True, slots=True)
class _Merge:
    """A merged tree, and how many profiles the period had counted when it was made."""

    seen: int
    tree: bytes | None
    added: bool


def save(sealed: Sealed, profile: libprof.Profile | None = None) -> bool:
    """Store a profile with its sums, all or nothing; False when it was stored before.

    `profile` is the profile of the document where the caller has it at hand.
    """
    alias = profiler_settings().DATABASE
    facts = sealed.facts
    merge = _merge(_period_of(alias, facts), sealed, profile)
    with transaction.atomic(using=alias):
        view = _count_view(alias, facts)
        if Profile.objects.using(alias).filter(pk=facts.id).exists():
            transaction.set_rollback(True, using=alias)
            return False
        _create(alias, view, sealed)
        period = _locked_period(alias, view, facts)
        if period.count != merge.seen:
            # Another process was faster. Its row is ours alone until the end of this block.
            merge = _merge(period, sealed, profile)
        _count_period(period, facts, merge)
        period.save(using=alias)
    return True


def hour_of(moment: datetime) -> datetime:
    """Start of the hour in UTC, as the database takes it."""
    return _for_database(moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0))


def _for_database(moment: datetime) -> datetime:
    return moment if settings.USE_TZ else timezone.make_naive(moment)


def _count_view(alias: str, facts: Facts) -> View:
    """The row of the view with this profile counted; it stays locked until the transaction ends."""
    views = View.objects.using(alias)
    identity = {"route": facts.route, "method": facts.method}
    created = _for_database(facts.created)
    sums = {
        "profile_count": F("profile_count") + 1,
        "wall_ns_total": F("wall_ns_total") + facts.wall_ns,
        "wall_ns_max": Greatest(F("wall_ns_max"), Value(facts.wall_ns)),
        "cpu_ns_total": F("cpu_ns_total") + facts.cpu_ns,
        "sql_count_total": F("sql_count_total") + facts.sql_count,
        "sql_ns_total": F("sql_ns_total") + facts.sql_ns,
        "view_name": facts.view_name,
        "last_profiled": Greatest(
            F("last_profiled"), Value(created, output_field=View._meta.get_field("last_profiled"))
        ),
    }
    if not views.filter(**identity).update(**sums):
        views.get_or_create(**identity, defaults={"last_profiled": created})
        views.filter(**identity).update(**sums)
    return views.get(**identity)


def _create(alias: str, view: View, sealed: Sealed) -> None:
    facts = sealed.facts
    profile = Profile.objects.using(alias).create(
        id=facts.id,
        view=view,
        method=facts.method,
        path=facts.path,
        query_string=facts.query_string,
        status=facts.status,
        engine=facts.engine,
        trigger=facts.trigger,
        user_id=facts.user,
        wall_ns=facts.wall_ns,
        cpu_ns=facts.cpu_ns,
        sql_count=facts.sql_count,
        sql_ns=facts.sql_ns,
        created=_for_database(facts.created),
        outcome=facts.outcome,
        truncated=facts.truncated,
        size_bytes=len(sealed.document or b""),
    )
    if sealed.document is not None:
        ProfileBlob.objects.using(alias).create(profile=profile, data=sealed.document)


def _period_of(alias: str, facts: Facts) -> ViewPeriod | None:
    return (
        ViewPeriod.objects.using(alias)
        .filter(view__route=facts.route, view__method=facts.method, hour=hour_of(facts.created))
        .first()
    )


def _locked_period(alias: str, view: View, facts: Facts) -> ViewPeriod:
    # The lock on the row of the view keeps other processes away from its periods as well.
    periods = ViewPeriod.objects.using(alias)
    return periods.get_or_create(view=view, hour=hour_of(facts.created))[0]


def _count_period(period: ViewPeriod, facts: Facts, merge: _Merge) -> None:
    period.count += 1
    period.wall_histogram = histogram.add(period.wall_histogram, facts.wall_ns)
    period.cpu_histogram = histogram.add(period.cpu_histogram, facts.cpu_ns)
    period.sql_histogram = histogram.add(period.sql_histogram, facts.sql_ns)
    period.wall_ns_total += facts.wall_ns
    period.wall_ns_max = max(period.wall_ns_max, facts.wall_ns)
    period.cpu_ns_total += facts.cpu_ns
    period.sql_count_total += facts.sql_count
    period.sql_ns_total += facts.sql_ns
    if merge.added:
        period.tree = merge.tree
        period.tree_bytes = len(merge.tree or b"")
        period.tree_count += 1
    else:
        period.tree_dropped += 1
        counters.add(Event.TREE_DROPPED)


def _merge(period: ViewPeriod | None, sealed: Sealed, profile: libprof.Profile | None) -> _Merge:
    """Add the profile to the tree of its period, or leave the tree as it is."""
    seen = period.count if period else 0
    old = bytes(period.tree) if period and period.tree else None
    tree = _merged_tree(old, sealed, profile)
    if tree is None or len(tree) > TREE_BYTES:
        return _Merge(seen, old, added=False)
    return _Merge(seen, tree, added=True)


def _merged_tree(
    old: bytes | None, sealed: Sealed, profile: libprof.Profile | None
) -> bytes | None:
    if sealed.document is None:
        return None
    # A sampled request has a timeline, an hour has none: merging takes it out, even if there is nothing to merge with.
    if old is None and sealed.facts.engine != "sample":
        return sealed.document
    import libprof

    try:
        parts = [libprof.Profile.from_bytes(old)] if old else []
        parts.append(profile or libprof.Profile.from_bytes(sealed.document))
        return libprof.merge(parts).to_bytes()
    except ValueError:
        # Broken, or of another engine: the sums of the period are right all the same.
        return None
