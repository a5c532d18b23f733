# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.test import RequestFactory

from django_profiler import counters, gate
from django_profiler.reasons import Event, Reason

if TYPE_CHECKING:
    from django.http import HttpRequest

    from django_profiler.trigger import Trigger

Change = Callable[..., None]
factory = RequestFactory()


def ask(query: str = "profile=1", **meta: Any) -> HttpRequest:
    return factory.get(f"/page/?{query}", **meta)


def everybody(request: HttpRequest, trigger: Trigger) -> bool:
    return True


def nobody(request: HttpRequest, trigger: Trigger) -> bool:
    return False


async def later(request: HttpRequest, trigger: Trigger) -> bool:
    return True


def broken(request: HttpRequest, trigger: Trigger) -> bool:
    raise RuntimeError("broken policy")


def test_a_callable_and_a_path_decide(profiler: Change) -> None:
    profiler(AUTHORIZE=everybody)
    assert gate.decide(ask("profile=show")).show
    profiler(AUTHORIZE=f"{__name__}.everybody")
    assert gate.decide(ask()).engine == "trace"
    profiler(AUTHORIZE=nobody)
    assert gate.decide(ask()) is None
    assert counters.snapshot() == {Reason.NOT_AUTHORISED: 1}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("policy", [later, broken, "no.such.policy", 5])
def test_a_policy_that_does_not_work_lets_nobody_in(profiler: Change, policy: Any) -> None:
    profiler(AUTHORIZE=policy)
    assert gate.decide(ask()) is None
    assert counters.get(Reason.NOT_AUTHORISED) == 1


def test_a_failing_policy_is_counted(profiler: Change) -> None:
    profiler(AUTHORIZE=broken)
    gate.decide(ask())
    assert counters.get(Event.INTERNAL_ERROR) == 1


def test_the_policy_sees_what_was_asked(profiler: Change) -> None:
    seen = []

    def policy(request: HttpRequest, trigger: Trigger) -> bool:
        seen.append((request.path, trigger.engine, trigger.show))
        return False

    profiler(AUTHORIZE=policy)
    gate.decide(ask("profile=sample"))
    assert seen == [("/page/", "sample", False)]


def test_no_policy_opens_the_door_to_other_sites(profiler: Change) -> None:
    profiler(AUTHORIZE=everybody)
    assert gate.decide(ask(HTTP_SEC_FETCH_SITE="cross-site")) is None
    assert gate.decide(ask(HTTP_ORIGIN="https://elsewhere.example")) is None
    assert counters.snapshot() == {Reason.CROSS_SITE: 2}


def test_the_policy_is_not_asked_about_nonsense(profiler: Change) -> None:
    profiler(AUTHORIZE=lambda request, trigger: pytest.fail("asked"))
    for query in ("", "profile=", "profile=x", "profile=1&profile=1"):
        assert gate.decide(ask(query)) is None
    assert counters.snapshot() == {Reason.BAD_VALUE: 3, Reason.NOT_ASKED: 1}


def test_the_parameter_is_hidden_only_from_requests_that_may(profiler: Change) -> None:
    profiler(AUTHORIZE=nobody)
    request = ask()
    gate.decide(request)
    assert request.GET.dict() == {"profile": "1"}
    profiler(AUTHORIZE=everybody, IGNORE=["/page/"])
    request = ask()
    assert gate.decide(request) is None
    assert request.GET.dict() == {}
    assert counters.get(Reason.IGNORED_PATH) == 1


def test_another_name_of_the_parameter(profiler: Change) -> None:
    profiler(AUTHORIZE=everybody, PARAM="p.rof")
    assert gate.decide(ask()) is None
    request = ask("p.rof=1&profile=1")
    assert gate.decide(request).pair == "p.rof=1"
    assert request.META["QUERY_STRING"] == "profile=1"


def test_the_default_engine_is_a_setting(profiler: Change) -> None:
    profiler(AUTHORIZE=everybody, ENGINE="sample")
    assert gate.decide(ask()).engine == "sample"
    assert gate.decide(ask("profile=trace")).engine == "trace"
