# SPDX-License-Identifier: MIT
from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.test import RequestFactory

from django_profiler import recorder, session
from django_profiler.instrument import sql
from django_profiler.models import Profile
from django_profiler.reasons import Outcome
from django_profiler.session import RequestSession, open_session
from django_profiler.trigger import Trigger
from tests.django import views
from tests.django.trees import names

if TYPE_CHECKING:
    import pytest
    from django.http import HttpRequest

Stored = Callable[[], list[Profile]]
ASKED = Trigger(engine="trace", show=False, pair="profile=1")


def start(request: HttpRequest | None = None) -> RequestSession:
    result = open_session(request or RequestFactory().get("/page/?a=1"), ASKED)
    assert result is not None
    return result


def test_only_the_first_end_counts() -> None:
    running = start()
    record = running.finish(Outcome.FAILED)
    assert running.finish(Outcome.FINISHED) is record
    assert record.facts.outcome == "failed"


def test_many_threads_may_end_it_at_once(stored: Stored) -> None:
    running = start()
    threads = [threading.Thread(target=running.close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored()) == 1
    running.leave()


def test_it_is_handed_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    records: list[Any] = []
    monkeypatch.setattr(recorder, "submit", lambda record: records.append(record) or True)
    running = start()
    assert not running.deliver()
    running.finish(Outcome.FINISHED)
    assert running.deliver()
    assert not running.deliver()
    running.close()
    assert records == [running.record]


def test_what_runs_outside_is_not_in_it() -> None:
    running = start()
    running.leave()
    assert sql._current.get() is None
    views.plain_work()
    assert running.enter()
    views.chunk_work(1)
    running.leave()
    record = running.finish(Outcome.FINISHED)
    assert not running.enter()
    assert "chunk_work" in names(record.profile)
    assert "plain_work" not in names(record.profile)


def test_limits_of_the_profile_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import libprof

    original = libprof.Profiler

    def small(*args: Any, **options: Any) -> Any:
        return original(*args, max_nodes=10, **options)

    monkeypatch.setattr(libprof, "Profiler", small)
    running = start()
    views.plain_work()
    "".join(str(number) for number in range(10))
    sorted(range(10), key=lambda number: -number)
    views.chunk_work(1)
    record = running.finish(Outcome.FINISHED)
    assert "beyond the limits" in record.facts.truncated


def test_a_request_without_a_route_has_facts() -> None:
    record = start(RequestFactory().generic("PROPFIND" * 5, "/\0/" + "x" * 3000)).finish(
        Outcome.FINISHED
    )
    facts = record.facts
    assert facts.route == "(no route)"
    assert facts.view_name == ""
    assert len(facts.method) == 16
    assert len(facts.path) == 1024
    assert "\0" not in facts.path


def test_a_user_of_another_kind_is_no_user() -> None:
    class Machine:
        pk = 5

    request = RequestFactory().get("/")
    request.user = Machine()
    assert start(request).finish(Outcome.FINISHED).facts.user is None


def test_the_profile_has_the_work_and_not_the_profilers_own() -> None:
    """What happens between start and stop is the caller's alone."""
    for _ in range(2):
        running = start()
        views.plain_work()
        record = running.finish(Outcome.FINISHED)
    top = [node.frame.name for node in record.profile.root.children]
    python = [node.frame.name for node in record.profile.root.children if node.frame.file]
    assert python == ["plain_work"], top


def test_the_number_of_sessions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MAX_SESSIONS", 1)
    running = start()
    assert open_session(RequestFactory().get("/"), ASKED) is None
    running.finish(Outcome.FINISHED)
    start().finish(Outcome.FINISHED)
