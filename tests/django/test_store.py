# SPDX-License-Identifier: MIT
from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connections

from django_profiler import counters, store
from django_profiler.models import Profile, ProfileBlob, View, ViewPeriod
from django_profiler.reasons import Event
from django_profiler.records import Record, Sealed, seal
from tests.django.makers import MOMENT, make_facts, make_sealed

pytestmark = pytest.mark.django_db


def test_a_profile_is_stored_with_its_facts() -> None:
    user = get_user_model().objects.create_user("ada")
    sealed = make_sealed(user=str(user.pk), truncated="something", query_string="a=b")
    assert store.save(sealed)
    profile = Profile.objects.get()
    for name in ("id", "created", "method", "path", "status", "engine", "trigger", "wall_ns"):
        assert getattr(profile, name) == getattr(sealed.facts, name)
    for name in ("cpu_ns", "sql_count", "sql_ns", "outcome", "truncated", "query_string"):
        assert getattr(profile, name) == getattr(sealed.facts, name)
    assert profile.user == user
    assert profile.size_bytes == len(sealed.document)
    assert bytes(profile.blob.data) == sealed.document
    assert profile.load().engine == "trace"


def test_the_view_sums_up_its_profiles() -> None:
    later = MOMENT + timedelta(hours=3)
    store.save(make_sealed(wall_ns=5_000_000, created=later))
    store.save(make_sealed(wall_ns=2_000_000))
    view = View.objects.get()
    assert (view.route, view.method) == ("products/<slug:slug>/", "GET")
    assert (view.profile_count, view.wall_ns_total, view.wall_ns_max) == (2, 7_000_000, 5_000_000)
    assert (view.cpu_ns_total, view.sql_count_total, view.sql_ns_total) == (2_000_000, 6, 1_000_000)
    assert view.last_profiled == later


def test_views_are_told_apart_by_route_and_method() -> None:
    for changes in ({}, {"method": "POST"}, {"route": ""}, {"view_name": "renamed"}):
        store.save(make_sealed(**changes))
    assert View.objects.count() == 3
    assert View.objects.get(route="products/<slug:slug>/", method="GET").view_name == "renamed"


def test_each_hour_is_a_period() -> None:
    for minutes in (0, 29, 30, 90):
        store.save(make_sealed(created=MOMENT + timedelta(minutes=minutes)))
    periods = ViewPeriod.objects.order_by("hour")
    assert [(period.hour, period.count) for period in periods] == [
        (datetime(2026, 11, 24, 10, tzinfo=UTC), 2),
        (datetime(2026, 11, 24, 11, tzinfo=UTC), 1),
        (datetime(2026, 11, 24, 12, tzinfo=UTC), 1),
    ]
    first = periods[0]
    assert sum(first.wall_histogram) == sum(first.cpu_histogram) == sum(first.sql_histogram) == 2
    assert (first.wall_ns_total, first.wall_ns_max) == (4_000_000, 2_000_000)
    assert (first.cpu_ns_total, first.sql_count_total, first.sql_ns_total) == (
        2_000_000,
        6,
        1_000_000,
    )


def test_a_period_has_the_merged_tree_of_its_profiles() -> None:
    sealed = [make_sealed() for _ in range(3)]
    for one in sealed:
        store.save(one)
    period = ViewPeriod.objects.get()
    parts = [profile.load().wall_ns for profile in Profile.objects.all()]
    assert period.load_tree().wall_ns == sum(parts)
    assert (period.tree_count, period.tree_dropped) == (3, 0)
    assert period.tree_bytes == len(bytes(period.tree))


def test_the_timeline_of_a_request_is_not_that_of_an_hour() -> None:
    import libprof

    with libprof.Profiler("sample") as profiler:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            sum(range(200))
    store.save(seal(Record(make_facts(engine="sample"), profiler.profile)))
    assert Profile.objects.get().load().timeline()
    tree = ViewPeriod.objects.get().load_tree()
    assert (tree.timeline(), tree.wall_ns) == ([], profiler.profile.wall_ns)


def test_a_tree_too_large_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(make_sealed())
    kept = bytes(ViewPeriod.objects.get().tree)
    monkeypatch.setattr(store, "TREE_BYTES", 10)
    store.save(make_sealed())
    period = ViewPeriod.objects.get()
    assert bytes(period.tree) == kept
    assert (period.count, period.tree_count, period.tree_dropped) == (2, 1, 1)
    assert counters.get(Event.TREE_DROPPED) == 1


def test_a_broken_tree_does_not_stop_the_storing() -> None:
    store.save(make_sealed())
    ViewPeriod.objects.update(tree=b"broken")
    store.save(make_sealed())
    assert ViewPeriod.objects.get().tree_dropped == 1
    assert Profile.objects.count() == 2


def test_facts_without_a_document_are_stored() -> None:
    import libprof

    store.save(Sealed(make_facts(truncated="the document"), None))
    profile = Profile.objects.get()
    assert profile.size_bytes == 0
    assert ViewPeriod.objects.get().load_tree() is None
    with pytest.raises(libprof.FormatError, match="no document"):
        profile.load()


def test_storing_twice_is_storing_once() -> None:
    sealed = make_sealed()
    assert store.save(sealed)
    assert not store.save(sealed)
    assert Profile.objects.count() == 1
    assert View.objects.get().profile_count == 1
    assert ViewPeriod.objects.get().count == 1


def test_a_period_changed_by_another_process_is_not_overwritten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.save(make_sealed())
    original, raced = store._count_view, []

    def race(alias: str, facts: Any) -> View:
        # Between our look at the period and our transaction, somebody else stores a profile.
        if not raced:
            raced.append(True)
            store.save(make_sealed())
        return original(alias, facts)

    monkeypatch.setattr(store, "_count_view", race)
    store.save(make_sealed())
    period = ViewPeriod.objects.get()
    assert (period.count, period.tree_count) == (3, 3)
    parts = [profile.load().wall_ns for profile in Profile.objects.all()]
    assert period.load_tree().wall_ns == sum(parts)


@pytest.mark.parametrize("step", ["_create", "_count_period"])
def test_a_failure_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*args: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(store, step, fail)
    with pytest.raises(DatabaseError):
        store.save(make_sealed())
    for model in (View, ViewPeriod, Profile, ProfileBlob):
        assert model.objects.count() == 0


@pytest.fixture
def profiles_database(profiler: Any, transactional_db: None) -> Any:
    """The tables on the second database, to which the migrations of the tests did not go."""
    models = (View, ViewPeriod, Profile, ProfileBlob)
    with connections["profiles"].schema_editor() as editor:
        for model in models:
            editor.create_model(model)
    profiler(DATABASE="profiles")
    yield
    with connections["profiles"].schema_editor() as editor:
        for model in reversed(models):
            editor.delete_model(model)


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.usefixtures("profiles_database")
def test_profiles_live_on_the_database_of_the_settings() -> None:
    store.save(make_sealed())
    for model in (View, ViewPeriod, Profile, ProfileBlob):
        assert model.objects.using("profiles").count() == 1
        assert model.objects.using("default").count() == 0
    assert Profile.objects.get().load().engine == "trace"


def test_moments_without_time_zones_are_local(settings: Any) -> None:
    settings.USE_TZ = False
    settings.TIME_ZONE = "Asia/Kolkata"
    store.save(make_sealed())
    assert Profile.objects.get().created == datetime(2026, 11, 24, 16, 0)
    assert ViewPeriod.objects.get().hour == datetime(2026, 11, 24, 15, 30)


@pytest.mark.parametrize(
    ("column", "value"), [("data", b""), ("data", b"\x1f\x8bbroken"), ("codec", "rot13")]
)
def test_a_broken_document_is_a_format_error(column: str, value: Any) -> None:
    import libprof

    store.save(make_sealed())
    ProfileBlob.objects.update(**{column: value})
    with pytest.raises(libprof.FormatError):
        Profile.objects.get().load()
