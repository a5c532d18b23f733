# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.test import AsyncRequestFactory, RequestFactory

from django_profiler import trigger
from django_profiler.conf import DEFAULTS
from django_profiler.reasons import Reason
from django_profiler.trigger import Trigger

FACTORIES = [RequestFactory(), AsyncRequestFactory()]


@pytest.fixture(params=FACTORIES, ids=["wsgi", "asgi"])
def factory(request: Any) -> RequestFactory:
    return request.param


@pytest.mark.parametrize(
    ("query", "engine", "show"),
    [
        ("profile=1", "trace", False),
        ("profile=trace", "trace", False),
        ("profile=sample", "sample", False),
        ("profile=show", "trace", True),
        ("a=b&profile=1&c=d", "trace", False),
        ("profile=%31", "trace", False),
    ],
)
def test_the_parameter_is_found(
    factory: RequestFactory, query: str, engine: str, show: bool
) -> None:
    asked = trigger.parse(factory.get(f"/?{query}"), DEFAULTS)
    assert isinstance(asked, Trigger)
    assert (asked.engine, asked.show, asked.source) == (engine, show, "parameter")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", Reason.NOT_ASKED),
        ("a=b", Reason.NOT_ASKED),
        ("profiles=1", Reason.NOT_ASKED),
        ("a=profile", Reason.NOT_ASKED),
        ("myprofile=1", Reason.NOT_ASKED),
        ("profile=nonsense", Reason.BAD_VALUE),
        ("profile=", Reason.BAD_VALUE),
        ("profile", Reason.BAD_VALUE),
        ("profile=TRACE", Reason.BAD_VALUE),
        ("profile=1%20", Reason.BAD_VALUE),
        ("profile=%00", Reason.BAD_VALUE),
        ("profile=1=1", Reason.BAD_VALUE),
        ("profile=%ff%fe", Reason.BAD_VALUE),
        ("profile=1&profile=1", Reason.BAD_VALUE),
        ("profile=1&profile=trace", Reason.BAD_VALUE),
    ],
)
def test_anything_else_has_a_reason(factory: RequestFactory, query: str, reason: Reason) -> None:
    assert trigger.parse(factory.get(f"/?{query}"), DEFAULTS) is reason


def test_a_form_that_is_sent_does_not_trigger(factory: RequestFactory) -> None:
    request = factory.post("/", {"profile": "1"})
    assert trigger.parse(request, DEFAULTS) is Reason.NOT_ASKED
    assert not getattr(request, "_read_started", False)


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("profile=1", ""),
        ("a=1&profile=1", "a=1"),
        ("profile=1&a=1", "a=1"),
        ("a=%C3%A4&profile=1&a=2&profiles=3", "a=%C3%A4&a=2&profiles=3"),
    ],
)
def test_the_parameter_is_hidden(factory: RequestFactory, query: str, left: str) -> None:
    request = factory.get(f"/page/?{query}")
    trigger.hide(request, DEFAULTS)
    assert trigger.query_string(request) == left
    parsed = request.GET
    assert parsed == QueryDict(left)
    full = request.get_full_path()
    assert full == (f"/page/?{left}" if left else "/page/")


def test_it_is_hidden_where_the_query_was_parsed_before(factory: RequestFactory) -> None:
    request = factory.get("/?a=1&profile=1")
    assert "profile" in request.GET
    trigger.hide(request, DEFAULTS)
    assert request.GET.dict() == {"a": "1"}


def test_the_parsed_query_stays_immutable(factory: RequestFactory) -> None:
    request = factory.get("/?profile=1")
    trigger.hide(request, DEFAULTS)
    with pytest.raises(AttributeError, match="immutable"):
        request.GET["profile"] = "1"


def test_a_bare_request_is_handled_too() -> None:
    request = HttpRequest()
    request.META["QUERY_STRING"] = "a=1&profile=1"
    request.GET = QueryDict("a=1&profile=1")
    trigger.hide(request, DEFAULTS)
    assert request.GET.dict() == {"a": "1"}


ASKED = Trigger(engine="trace", show=False, pair="profile=1")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/other/", "/other/?profile=1"),
        ("/other/?a=1", "/other/?a=1&profile=1"),
        ("/other/?a=1#part", "/other/?a=1&profile=1#part"),
        ("other/", "other/?profile=1"),
        ("?a=1", "?a=1&profile=1"),
        ("http://testserver/other/", "http://testserver/other/?profile=1"),
        ("/login/?next=/private/", "/login/?next=/private/&profile=1"),
    ],
)
def test_a_redirect_on_this_site_keeps_the_parameter(location: str, expected: str) -> None:
    response = HttpResponseRedirect(location)
    assert trigger.restore(RequestFactory().get("/"), response, ASKED)
    assert response["Location"] == expected


def test_a_redirect_that_has_the_parameter_is_left_alone() -> None:
    response = HttpResponseRedirect("/other/?profile=trace")
    assert trigger.restore(RequestFactory().get("/"), response, ASKED)
    assert response["Location"] == "/other/?profile=trace"


@pytest.mark.parametrize(
    "location",
    [
        "http://elsewhere.example/",
        "https://testserver/other/",
        "http://testserver:8000/other/",
        "http://testserver@elsewhere.example/",
        "//elsewhere.example/",
        "///elsewhere.example/",
        "/\\elsewhere.example/",
        "http:elsewhere",
        "http://[broken/",
    ],
)
def test_no_other_site_sees_the_parameter(location: str) -> None:
    response = HttpResponse(status=302)
    response.headers["Location"] = location
    assert not trigger.restore(RequestFactory().get("/"), response, ASKED)
    assert response["Location"] == location


def test_a_host_that_is_not_allowed_is_no_error() -> None:
    request = RequestFactory().get("/", headers={"host": "evil.example"})
    assert not trigger.restore(request, HttpResponseRedirect("/other/"), ASKED)


@pytest.mark.parametrize("status", [200, 201, 304, 404])
def test_only_redirects_are_changed(status: int) -> None:
    response = HttpResponse(status=status, headers={"Location": "/created/"})
    assert not trigger.restore(RequestFactory().get("/"), response, ASKED)
    assert response["Location"] == "/created/"
