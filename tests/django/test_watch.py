# SPDX-License-Identifier: MIT
"""Requests that are watched for slowness: which are kept, and that nothing is left of the others."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory

import libprof
from django_profiler import counters, library, middleware, session, watch
from django_profiler.instrument import sql
from django_profiler.models import Profile
from django_profiler.reasons import Event, Outcome, Reason
from django_profiler.trigger import SLOW
from tests.django import views
from tests.django.trees import names

Change = Callable[..., None]
Stored = Callable[[], list[Profile]]
factory = RequestFactory()

MS = 1_000_000


@pytest.mark.parametrize(
    ("values", "interval_ms", "quick_ms"),
    [
        ({"SLOW_SECONDS": 1.0}, 5, 100),
        ({"SLOW_SECONDS": 0.1}, 1, 10),
        ({"SLOW_SECONDS": 1.0, "INTERVAL": 0.01}, 10, 100),
        ({"SLOW_SECONDS": 3600.0}, 1000, 60_000),
        ({"SLOW_SECONDS": 0.0}, 1, 0),
    ],
)
def test_requests_are_sampled_no_more_often_than_slow_ones_need(
    profiler: Change, values: dict[str, float], interval_ms: int, quick_ms: int
) -> None:
    profiler(**values)
    *_, interval_ns, quick_ns, quick_interval_ns = watch._plan().watcher._start
    assert interval_ns == interval_ms * MS
    assert quick_ns == quick_ms * MS
    assert quick_interval_ns == 5 * interval_ns


def test_nothing_is_left_of_a_quick_one(profiler: Change) -> None:
    profiler(SLOW_SECONDS=100.0)
    watched = watch.begin()
    assert watched is not None
    assert session.running_count() == 1
    assert sql._current.get() is not None
    assert watched.end(factory.get("/page/"), HttpResponse(), Outcome.FINISHED) is None
    assert session.running_count() == 0
    assert sql._current.get() is None
    assert counters.snapshot() == {Reason.NOT_SLOW: 1}
    assert libprof._native.sampling_sessions() == 0


def test_the_record_of_a_slow_one(profiler: Change) -> None:
    profiler(SLOW_SECONDS=0.0)
    watched = watch.begin()
    assert watched is not None
    views.plain_work()
    record = watched.end(factory.post("/page/?a=1"), HttpResponse(status=201), Outcome.FINISHED)
    assert record is not None
    facts, profile = record.facts, record.profile
    assert (facts.method, facts.path, facts.status) == ("POST", "/page/", 201)
    assert (facts.engine, facts.trigger, facts.outcome) == ("sample", SLOW, "finished")
    assert profile.name == "POST /page/"
    assert profile.metadata == {"id": str(facts.id), "method": "POST", "path": "/page/"}
    assert facts.wall_ns == profile.wall_ns > 0
    assert counters.snapshot() == {Event.STARTED: 1}


def test_the_number_of_sessions_is_bounded(
    profiler: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiler(SLOW_SECONDS=100.0)
    monkeypatch.setattr(session, "MAX_SESSIONS", 1)
    watched = watch.begin()
    assert watched is not None
    assert watch.begin() is None
    assert counters.snapshot() == {Reason.SESSION_LIMIT: 1}
    watched.end(factory.get("/"), HttpResponse(), Outcome.FINISHED)


def test_without_libprof_requests_are_served(
    client: Client, profiler: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiler(SLOW_SECONDS=0.0)
    watch._plan.cache_clear()
    monkeypatch.setitem(sys.modules, "libprof", None)
    library.library.cache_clear()
    assert client.get("/plain/").status_code == 200
    assert counters.snapshot() == {Reason.ENGINE_NOT_AVAILABLE: 1}


def test_a_session_that_cannot_begin_is_no_error(
    client: Client, profiler: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiler(SLOW_SECONDS=0.0)

    def refuse(self: libprof.Watcher) -> None:
        raise OSError("no timers left")

    monkeypatch.setattr(libprof.Watcher, "begin", refuse)
    assert client.get("/plain/").status_code == 200
    assert counters.get(Reason.PROFILER_FAILED) == 1
    assert sql._current.get() is None


def test_a_session_that_cannot_end_is_no_error(
    client: Client, profiler: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiler(SLOW_SECONDS=0.0)
    kept: list[Any] = []

    def fail(self: libprof.Watcher, taken: Any, **options: Any) -> None:
        kept.append(taken)
        raise MemoryError

    monkeypatch.setattr(libprof.Watcher, "keep", fail)
    assert client.get("/plain/").status_code == 200
    assert counters.get(Event.INTERNAL_ERROR) == 1
    assert sql._current.get() is None
    assert not kept.pop().running


def test_a_response_that_cannot_be_waited_for_is_no_error(
    client: Client, profiler: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiler(SLOW_SECONDS=0.0)

    def fail(*args: Any) -> None:
        raise RuntimeError("broken middleware")

    monkeypatch.setattr(middleware, "_when_sent", fail)
    assert client.get("/plain/").status_code == 200
    assert counters.get(Event.INTERNAL_ERROR) == 1


def test_a_view_that_leaves_ends_it(client: Client, profiler: Change, stored: Stored) -> None:
    profiler(SLOW_SECONDS=0.0)
    with pytest.raises(SystemExit):
        client.get("/leaves/")
    (profile,) = stored()
    assert (profile.status, profile.outcome) == (None, "failed")


def test_a_slow_page_of_ours_is_not_kept(client: Client, profiler: Change, stored: Stored) -> None:
    profiler(SLOW_SECONDS=0.0)
    assert client.get("/admin/django_profiler/").status_code == 302
    assert stored() == []
    assert counters.snapshot() == {Reason.IGNORED_PATH: 1}


def test_the_profile_of_a_slow_request_is_kept(
    client: Client, profiler: Change, stored: Stored
) -> None:
    profiler(SLOW_SECONDS=0.4)  # a busy machine takes long for a quick one, too
    client.get("/plain/")
    assert client.get("/busy/450/").content == b"busy"
    (profile,) = stored()
    assert (profile.path, profile.trigger, profile.engine) == ("/busy/450/", SLOW, "sample")
    assert counters.get(Reason.NOT_SLOW) == 1
    assert counters.get(Event.STARTED) == 1
    tree = profile.load()
    busy = next(row for row in tree.functions() if row.name == "busy")
    assert busy.total_cpu_ns > 0.9 * 450e6
    assert "plain" not in names(tree)


def test_a_request_that_is_just_slow_has_samples_enough(
    client: Client, profiler: Change, stored: Stored
) -> None:
    """200 in SLOW_SECONDS, that of computing alone: what others take of the core merges ticks."""
    profiler(SLOW_SECONDS=0.4)
    client.get("/busy/400/")
    (profile,) = stored()
    tree = profile.load()
    # Raw: a tick may find the profiler at work. Ticks are ahead of their intervals by up to 2.5.
    assert 0.9 * 200 <= tree.counters["samples"] <= tree.raw_wall_ns / 2e6 + 1 + 2.5


def test_a_slow_coroutine_view_and_a_slow_sync_one_under_asgi(
    profiler: Change, stored: Stored
) -> None:
    profiler(SLOW_SECONDS=0.4)  # a busy machine takes long for a quick one, too

    async def visit() -> None:
        client = AsyncClient()
        for path in ("/aplain/", "/abusy/450/", "/busy/450/"):
            await client.get(path)

    asyncio.run(visit())
    profiles = stored()
    assert [profile.path for profile in profiles] == ["/abusy/450/", "/busy/450/"]
    for profile, name in zip(profiles, ("abusy", "busy"), strict=True):
        found = next(row for row in profile.load().functions() if row.name == name and row.line > 0)
        assert found.total_cpu_ns > 0.9 * 450e6


def test_a_slow_request_that_fails_is_kept(
    client: Client, profiler: Change, stored: Stored
) -> None:
    profiler(SLOW_SECONDS=0.0)
    client.raise_request_exception = False
    client.get("/fails/")
    (profile,) = stored()
    assert (profile.trigger, profile.status) == (SLOW, 500)


def test_a_streamed_body_is_no_part_of_it(client: Client, profiler: Change, stored: Stored) -> None:
    profiler(SLOW_SECONDS=0.0)
    response = client.get("/streams/3/")
    assert session.running_count() == 0
    assert b"".join(response.streaming_content)
    response.close()
    (profile,) = stored()
    assert profile.outcome == "finished"
