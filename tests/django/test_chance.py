# SPDX-License-Identifier: MIT
from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.test import AsyncClient, Client, RequestFactory

from django_profiler import chance, counters, session
from django_profiler.conf import ProfilerSettings
from django_profiler.models import Profile
from django_profiler.reasons import Event, Outcome, Reason
from django_profiler.trigger import RATE, SLOW, Trigger
from tests.django import views
from tests.django.trees import names

Change = Callable[..., None]
Stored = Callable[[], list[Profile]]
factory = RequestFactory()


@pytest.fixture(autouse=True)
def _seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chance, "_random", random.Random(7))


def decide(method: str = "get", path: str = "/page/", **settings: Any) -> Trigger | Reason:
    return chance.consider(getattr(factory, method)(path), ProfilerSettings(**settings))


def test_without_a_setting_ordinary_requests_are_not_looked_at() -> None:
    assert decide() is Reason.NOT_ASKED
    assert decide("options") is Reason.NOT_ASKED


def test_a_share_of_requests_is_sampled() -> None:
    decisions = [decide(SAMPLE_RATE=0.25) for _ in range(2000)]
    taken = decisions.count(Trigger("sample", source=RATE))
    assert taken + decisions.count(Reason.SAMPLED_OUT) == 2000
    assert 420 < taken < 580  # four standard deviations around 500


def test_all_requests_are_watched_for_slow_ones() -> None:
    assert decide(SLOW_SECONDS=1.0) == Trigger("sample", source=SLOW)
    decisions = [decide(SLOW_SECONDS=1.0, SAMPLE_RATE=0.5) for _ in range(100)]
    assert {decision.source for decision in decisions if isinstance(decision, Trigger)} == {
        RATE,
        SLOW,
    }


@pytest.mark.parametrize("values", [{"SAMPLE_RATE": 1.0}, {"SLOW_SECONDS": 0.0}])
def test_some_requests_are_never_profiled(values: dict[str, float]) -> None:
    assert decide("options", **values) is Reason.METHOD
    assert decide(path="/skip/me/", IGNORE=("/skip/",), **values) is Reason.IGNORED_PATH


def test_own_pages_are_not_drawn_but_watched_as_finding_them_takes_long() -> None:
    own = "/admin/django_profiler/profile/"
    assert decide(path=own, SAMPLE_RATE=1.0) is Reason.IGNORED_PATH
    assert decide(path=own, SLOW_SECONDS=0.0) == Trigger("sample", source=SLOW)
    assert decide(path="/static/a.js", SLOW_SECONDS=0.0) is Reason.IGNORED_PATH


def test_a_slow_page_of_ours_is_not_kept(client: Client, profiler: Change, stored: Stored) -> None:
    profiler(SLOW_SECONDS=0.0)
    assert client.get("/admin/django_profiler/").status_code == 302
    assert stored() == []
    assert counters.snapshot() == {Reason.IGNORED_PATH: 1}


def test_what_the_application_draws_does_not_depend_on_it(
    client: Client, profiler: Change, stored: Stored
) -> None:
    profiler(SAMPLE_RATE=0.5)
    random.seed(3)
    expected = random.random()
    random.seed(3)
    client.get("/plain/")
    assert random.random() == expected


# ---- whole requests ----------------------------------------------------------------------------------


def test_a_sampled_request_looks_like_any_other(
    client: Client, profiler: Change, stored: Stored
) -> None:
    before = client.get("/headers/")
    profiler(SAMPLE_RATE=1.0)
    after = client.get("/headers/")
    (profile,) = stored()
    assert dict(after.headers) == dict(before.headers)
    assert after.content == before.content
    assert (profile.engine, profile.trigger, profile.status) == ("sample", RATE, 203)
    assert profile.load().engine == "sample"
    assert counters.snapshot() == {Reason.NOT_ASKED: 1, Event.STARTED: 1, Event.STORED: 1}


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


@pytest.mark.parametrize(
    ("values", "source", "interval"),
    [
        ({"SLOW_SECONDS": 1.0}, SLOW, 0.005),
        ({"SLOW_SECONDS": 0.1}, SLOW, 0.001),
        ({"SLOW_SECONDS": 1.0, "INTERVAL": 0.01}, SLOW, 0.01),
        ({"SLOW_SECONDS": 3600.0}, SLOW, 1.0),
        ({"SLOW_SECONDS": 0.0}, SLOW, 0.001),
        ({"SLOW_SECONDS": 1.0, "SAMPLE_RATE": 1.0}, RATE, 0.001),
    ],
)
def test_watched_requests_are_sampled_no_more_often_than_slow_ones_need(
    profiler: Change, values: dict[str, float], source: str, interval: float
) -> None:
    profiler(**values)
    opened = session.open_session(factory.get("/page/"), Trigger("sample", source=source))
    assert opened is not None
    assert opened._profiler.interval == pytest.approx(interval)
    opened.finish(Outcome.FINISHED)


def test_a_request_that_is_just_slow_has_samples_enough(
    client: Client, profiler: Change, stored: Stored
) -> None:
    """200 in SLOW_SECONDS, that of computing alone: what others take of the core merges ticks."""
    profiler(SLOW_SECONDS=0.4)
    client.get("/busy/400/")
    (profile,) = stored()
    tree = profile.load()
    # Raw: a tick may find the profiler at work.
    assert 0.9 * 200 <= tree.counters["samples"] <= tree.raw_wall_ns / 2e6 + 1


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


def test_asking_for_it_goes_before_chance(
    client: Client, token: dict[str, str], profiler: Change, stored: Stored
) -> None:
    profiler(SAMPLE_RATE=1.0, SLOW_SECONDS=0.0)
    client.get("/plain/?profile=1", headers=token)
    (profile,) = stored()
    assert (profile.engine, profile.trigger) == ("trace", "parameter")


def test_a_request_asks_for_sampling(client: Client, token: dict[str, str], stored: Stored) -> None:
    response = client.get("/busy/50/?profile=sample", headers=token)
    (profile,) = stored()
    assert response["X-Profile-Id"] == str(profile.id)
    assert (profile.engine, profile.trigger) == ("sample", "parameter")
    tree = profile.load()
    assert "busy" in names(tree)
    assert tree.counters["samples"] > 20
    assert not [frame for frame in tree.functions() if "/django_profiler/" in frame.file]
    assert views.calls.count("busy") == 1
