# SPDX-License-Identifier: MIT
from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory

from django_profiler import chance, counters
from django_profiler.conf import ProfilerSettings
from django_profiler.models import Profile
from django_profiler.reasons import Event, Reason
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
