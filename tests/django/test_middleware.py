# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from django_profiler import counters, middleware, policy, recorder, session
from django_profiler.middleware import ProfilerMiddleware
from django_profiler.models import Profile
from django_profiler.reasons import Event, Loss, Reason
from tests.django import views
from tests.django.trees import names

Stored = Callable[[], list[Profile]]
Change = Callable[..., None]


def test_a_request_is_profiled(client: Client, token: dict[str, str], stored: Stored) -> None:
    response = client.get("/plain/?profile=1", headers=token)
    (profile,) = stored()
    assert response.content == b"plain"
    assert response["X-Profile-Id"] == str(profile.id)
    assert (profile.method, profile.path, profile.status) == ("GET", "/plain/", 200)
    assert (profile.engine, profile.trigger) == ("trace", "parameter")
    assert (profile.outcome, profile.truncated) == ("finished", "")
    assert (profile.view.route, profile.view.view_name) == ("plain/", "plain")
    assert 0 < profile.cpu_ns <= profile.wall_ns
    assert profile.size_bytes == len(bytes(profile.blob.data))
    assert profile.user is None
    assert "plain_work" in names(profile.load())


def test_the_whole_stack_is_in_the_profile_and_the_profiler_is_not(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    client.get("/plain/?profile=1", headers=token)
    tree = stored()[0].load()
    assert "SessionMiddleware.process_request" in names(tree)
    assert not [frame for frame in tree.functions() if "/django_profiler/" in frame.file]


def test_an_ordinary_request_is_left_alone(client: Client, stored: Stored) -> None:
    response = client.get("/headers/")
    assert "X-Profile-Id" not in response
    assert response["Cache-Control"] == "max-age=60"
    assert response["Server-Timing"] == "view;dur=1"
    assert stored() == []
    assert counters.get(Reason.NOT_ASKED) == 1


def test_what_is_added_to_a_response_and_nothing_else(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    before = client.get("/headers/")
    after = client.get("/headers/?profile=1", headers=token)
    assert after.status_code == before.status_code == 203
    assert after.content == before.content
    assert after.cookies.output() == before.cookies.output()
    assert after["Cache-Control"] == "private, no-store"
    assert after["Server-Timing"].startswith("view;dur=1, wall;dur=")
    assert 'desc="0 queries"' in after["Server-Timing"]
    changed = {"Cache-Control", "Server-Timing", "X-Profile-Id"}
    assert set(after.headers) - set(before.headers) == {"X-Profile-Id"}
    for name in set(before.headers) - changed:
        assert after[name] == before[name]
    assert client.get("/headers/")["Cache-Control"] == "max-age=60"


def test_the_view_does_not_see_the_parameter(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/echo/?a=1&profile=1&a=2", headers=token)
    assert response.json() == {
        "get": {"a": ["1", "2"]},
        "query": "a=1&a=2",
        "path": "/echo/?a=1&a=2",
        "body_read": False,
    }
    assert stored()[0].query_string == ""


def test_the_query_string_is_stored_when_asked_for(
    client: Client, token: dict[str, str], stored: Stored, profiler: Change
) -> None:
    profiler(CAPTURE_QUERY_STRING=True)
    client.get("/echo/?a=1&profile=1", headers=token)
    assert stored()[0].query_string == "a=1"


def test_an_admin_list_does_not_stumble_over_the_parameter(
    admin_client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = admin_client.get("/admin/auth/user/?profile=1", headers=token)
    (profile,) = stored()
    assert response.status_code == profile.status == 200
    assert profile.view.view_name == "admin:auth_user_changelist"
    assert profile.user == get_user_model().objects.get()


@pytest.mark.parametrize("value", ["nonsense", "", "2", "true", "1%00", "%F0%9F"])
def test_nonsense_is_ignored_with_a_reason_and_left_to_the_view(
    client: Client, token: dict[str, str], stored: Stored, value: str
) -> None:
    response = client.get(f"/echo/?profile={value}", headers=token)
    assert response.status_code == 200
    assert response.json()["query"] == f"profile={value}"
    assert "X-Profile-Id" not in response
    assert stored() == []
    assert counters.get(Reason.BAD_VALUE) == 1


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, Reason.NOT_AUTHORISED),
        ({"X-Profile": "forged"}, Reason.NOT_AUTHORISED),
        ({"Cookie": "django_profiler=forged"}, Reason.NOT_AUTHORISED),
    ],
)
def test_a_stranger_is_refused_with_a_reason_and_sees_no_difference(
    client: Client, stored: Stored, headers: dict[str, str], reason: Reason
) -> None:
    response = client.get("/echo/?profile=1", headers=headers)
    assert response.json()["query"] == "profile=1"
    assert set(response.headers) == set(client.get("/echo/").headers)
    assert stored() == []
    assert counters.get(reason) == 1
    assert counters.get(Event.STARTED) == 0


def test_the_cookie_of_the_switch_is_enough(client: Client, stored: Stored) -> None:
    response = HttpResponse()
    policy.set_cookie(RequestFactory().get("/"), response)
    client.cookies[policy.COOKIE] = response.cookies[policy.COOKIE].value
    assert "X-Profile-Id" in client.get("/plain/?profile=1")
    assert "X-Profile-Id" not in client.get("/plain/")
    policy.clear_cookie(response)
    client.cookies[policy.COOKIE] = response.cookies[policy.COOKIE].value
    assert "X-Profile-Id" not in client.get("/plain/?profile=1")
    assert len(stored()) == 1


def test_another_site_cannot_trigger_even_with_a_credential(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    client.get("/plain/?profile=1", headers={**token, "Sec-Fetch-Site": "cross-site"})
    assert stored() == []
    assert counters.get(Reason.CROSS_SITE) == 1


def test_another_site_cannot_trigger_on_a_developers_machine(
    client: Client, stored: Stored, settings: Any
) -> None:
    settings.DEBUG = True
    client.get("/plain/?profile=1", headers={"Sec-Fetch-Site": "cross-site"})
    assert counters.get(Reason.CROSS_SITE) == 1
    client.get("/plain/?profile=1", headers={"Sec-Fetch-Site": "none"})
    assert len(stored()) == 1


def test_own_pages_are_never_profiled(
    admin_client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = admin_client.get("/admin/django_profiler/profile/?profile=1", headers=token)
    assert response.status_code == 200
    assert stored() == []
    assert counters.get(Reason.IGNORED_PATH) == 1


def test_a_preflight_is_not_profiled(client: Client, token: dict[str, str], stored: Stored) -> None:
    client.options("/plain/?profile=1", headers=token)
    assert stored() == []
    assert counters.get(Reason.METHOD) == 1


def test_an_engine_that_is_not_there_is_a_reason(
    client: Client, token: dict[str, str], stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    import libprof

    class Tracer(libprof.Profiler):
        def __init__(self, engine: str = "trace", **options: Any) -> None:
            if engine != "trace":
                raise ValueError(f"the engine {engine!r} is not there")
            super().__init__(engine=engine, **options)

    monkeypatch.setattr(libprof, "Profiler", Tracer)
    response = client.get("/echo/?profile=sample", headers=token)
    assert response.json()["query"] == ""
    assert "X-Profile-Id" not in response
    assert stored() == []
    assert counters.get(Reason.ENGINE_NOT_AVAILABLE) == 1
    assert client.get("/moved/?to=/a/&profile=sample", headers=token)["Location"] == (
        "/a/?profile=sample"
    )


def test_too_many_sessions_at_once_are_refused(
    client: Client, token: dict[str, str], stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MAX_SESSIONS", 0)
    assert client.get("/plain/?profile=1", headers=token).content == b"plain"
    assert stored() == []
    assert counters.get(Reason.SESSION_LIMIT) == 1


def test_head_is_profiled_and_has_no_body(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.head("/plain/?profile=1", headers=token)
    (profile,) = stored()
    assert profile.method == "HEAD"
    assert response.content == b""
    assert response["X-Profile-Id"] == str(profile.id)


def test_a_form_with_a_file_is_not_read_by_the_profiler(
    token: dict[str, str], stored: Stored
) -> None:
    client = Client(enforce_csrf_checks=False)
    content = {"file": SimpleUploadedFile("a.txt", b"x" * 5000), "profile": "ignored"}
    response = client.post("/upload/?profile=1", content, headers=token)
    assert response.content == b"5000"
    assert stored()[0].method == "POST"


def test_a_csrf_failure_stays_one(token: dict[str, str], stored: Stored) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/upload/?profile=1", {}, headers=token).status_code == 403
    assert stored()[0].status == 403


def test_a_view_that_raises_runs_once_and_its_error_page_is_profiled(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    client.raise_request_exception = False
    response = client.get("/fails/?profile=1", headers=token)
    (profile,) = stored()
    assert views.calls == ["fails"]
    assert response.status_code == profile.status == 500
    assert response["X-Profile-Id"] == str(profile.id)
    assert profile.view.route == "fails/"


def test_a_view_that_leaves_ends_its_session(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    with pytest.raises(SystemExit):
        client.get("/leaves/?profile=1", headers=token)
    (profile,) = stored()
    assert views.calls == ["leaves"]
    assert (profile.status, profile.outcome) == (None, "failed")
    assert session.running_count() == 0
    client.get("/plain/?profile=1", headers=token)
    assert names(stored()[1].load()).isdisjoint({"leaves"})


@pytest.mark.parametrize("path", ["/missing/", "/no-such-page/"])
def test_a_missing_page_is_profiled(
    client: Client, token: dict[str, str], stored: Stored, path: str
) -> None:
    assert client.get(f"{path}?profile=1", headers=token).status_code == 404
    (profile,) = stored()
    assert profile.view.route == ("missing/" if path == "/missing/" else "(no route)")


def test_append_slash_keeps_the_parameter(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/plain?profile=1&a=b", headers=token)
    assert (response.status_code, response["Location"]) == (301, "/plain/?a=b&profile=1")
    response = client.get("/plain?profile=1", headers=token, follow=True)
    assert response.content == b"plain"
    assert [profile.status for profile in stored()] == [301, 301, 200]


def test_a_login_keeps_the_parameter_all_the_way(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/private/?profile=1", headers=token)
    assert response["Location"] == "/accounts/login/?next=/private/&profile=1"
    get_user_model().objects.create_superuser("ada", password="lovelace")
    form = {"username": "ada", "password": "lovelace", "next": "/private/"}
    response = client.post("/admin/login/?next=/private/&profile=1", form, headers=token)
    assert response["Location"] == "/private/?profile=1"
    assert client.get(response["Location"], headers=token).content == b"plain"
    assert stored()[-1].user.get_username() == "ada"


def test_another_site_never_sees_the_parameter(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/moved/?to=https://elsewhere.example/&profile=1", headers=token)
    assert response["Location"] == "https://elsewhere.example/"


def test_show_leads_to_the_stored_profile(
    admin_client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = admin_client.get("/headers/?profile=show", headers=token)
    profile = Profile.objects.get()
    assert response.status_code == 303
    assert response["Location"] == f"/admin/django_profiler/profile/{profile.pk}/change/"
    assert response["Cache-Control"] == "private, no-store"
    assert response.cookies["flavour"].value == "oat"
    assert admin_client.get(response["Location"]).status_code == 200
    assert len(stored()) == 1


def test_show_follows_a_redirect_first(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/plain?profile=show", headers=token)
    assert (response.status_code, response["Location"]) == (301, "/plain/?profile=show")


def test_show_without_an_admin_gives_the_response(
    client: Client, token: dict[str, str], stored: Stored, settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.django.bare_urls"
    response = client.get("/plain/?profile=show", headers=token)
    assert (response.status_code, response.content) == (200, b"plain")
    assert counters.get(Loss.SHOW_NO_ADMIN) == 1
    assert len(stored()) == 1


def test_show_gives_the_response_when_the_profile_is_not_stored(
    client: Client, token: dict[str, str], stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise OSError("no disk, no network")

    monkeypatch.setattr(recorder.store, "save", refuse)
    response = client.get("/plain/?profile=show", headers=token)
    assert (response.status_code, response.content) == (200, b"plain")
    assert counters.get(Loss.SHOW_NOT_STORED) == 1


def test_a_streamed_response_is_not_replaced_by_show(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/streams/2/?profile=show", headers=token)
    assert b"".join(response.streaming_content) == b"chunk 0\nchunk 1\n"
    assert counters.get(Loss.SHOW_STREAMING) == 1
    assert len(stored()) == 1


def test_what_the_shown_response_holds_is_released_once(
    token: dict[str, str], stored: Stored
) -> None:
    released = []

    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse("held")
        response._resource_closers.append(lambda: released.append(1))
        return response

    request = RequestFactory().get("/plain/?profile=show", headers=token)
    response = ProfilerMiddleware(view)(request)
    assert (response.status_code, released) == (303, [])
    response.close()
    assert released == [1]


def test_the_user_is_known_only_when_the_application_asked(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    user = get_user_model().objects.create_user("ada")
    client.force_login(user)
    client.get("/plain/?profile=1", headers=token)
    client.get("/whoami/?profile=1", headers=token)
    without, known = stored()
    assert (without.user, without.sql_count) == (None, 0)
    assert known.user == user


def test_a_sign_in_is_attributed(client: Client, token: dict[str, str], stored: Stored) -> None:
    user = get_user_model().objects.create_user("ada")
    client.get("/sign-in/ada/?profile=1", headers=token)
    assert stored()[0].user == user


def test_a_response_that_nobody_closes_is_stored_all_the_same(
    token: dict[str, str], stored: Stored
) -> None:
    request = RequestFactory().get("/plain/?profile=1", headers=token)
    response = ProfilerMiddleware(views.plain)(request)
    assert stored() == []
    del response
    assert len(stored()) == 1


def test_the_profile_is_handed_over_only_when_the_body_was_sent(
    token: dict[str, str], stored: Stored
) -> None:
    request = RequestFactory().get("/plain/?profile=1", headers=token)
    response = ProfilerMiddleware(views.plain)(request)
    assert stored() == []
    response.close()
    response.close()
    assert len(stored()) == 1


@pytest.mark.parametrize("method", ["__init__", "start", "stop"])
def test_a_failing_profiler_does_not_reach_the_client(
    client: Client,
    token: dict[str, str],
    stored: Stored,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
) -> None:
    import libprof

    original = libprof.Profiler

    class Broken(original):
        pass

    def fail(self: Any, *args: Any, **options: Any) -> None:
        if method == "stop":
            original.stop(self)
        raise RuntimeError("broken profiler")

    setattr(Broken, method, fail)
    monkeypatch.setattr(libprof, "Profiler", Broken)
    for _ in range(3):
        response = client.get("/headers/?profile=1", headers=token)
        assert (response.status_code, response.content) == (203, b"headers")
        assert "X-Profile-Id" not in response
        assert response["Cache-Control"] == "max-age=60"
    assert stored() == []
    what = Reason.ENGINE_NOT_AVAILABLE if method == "__init__" else Event.INTERNAL_ERROR
    assert counters.get(what) == 3
    ours = [record for record in caplog.records if record.name == "django_profiler"]
    assert len([record for record in ours if record.levelname != "DEBUG"]) == 1
    monkeypatch.undo()
    client.get("/plain/?profile=1", headers=token)
    assert len(stored()) == 1


@pytest.mark.parametrize("place", ["_add_headers", "_when_sent"])
def test_a_failing_middleware_does_not_reach_the_client(
    client: Client,
    token: dict[str, str],
    stored: Stored,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("broken middleware")

    monkeypatch.setattr(middleware, place, fail)
    assert client.get("/plain/?profile=1", headers=token).content == b"plain"
    assert counters.get(Event.INTERNAL_ERROR) == 1
    assert len(stored()) == 1


def test_a_failing_decision_does_not_reach_the_client(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("broken gate")

    monkeypatch.setattr(middleware.gate, "decide", fail)
    assert client.get("/plain/").content == b"plain"
    assert counters.get(Event.INTERNAL_ERROR) == 1


def test_a_request_inside_a_request_has_a_profile_of_its_own(
    token: dict[str, str], stored: Stored
) -> None:
    def inner_work() -> int:
        return views.spin()

    def outer_work() -> int:
        return views.spin()

    def inner(request: HttpRequest) -> HttpResponse:
        inner_work()
        return HttpResponse("inner")

    def outer(request: HttpRequest) -> HttpResponse:
        nested = RequestFactory().get("/inner/?profile=1", headers=token)
        ProfilerMiddleware(inner)(nested).close()
        outer_work()
        return HttpResponse("outer")

    request = RequestFactory().get("/outer/?profile=1", headers=token)
    ProfilerMiddleware(outer)(request).close()
    profiles = {profile.path: names(profile.load()) for profile in stored()}
    assert any("inner_work" in name for name in profiles["/inner/"])
    assert not any("outer_work" in name for name in profiles["/inner/"])
    assert any("outer_work" in name for name in profiles["/outer/"])


def test_the_thread_is_out_of_the_session_after_the_request(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    from django_profiler.instrument import sql

    client.get("/sql/1/?profile=1", headers=token)
    assert sql._current.get() is None
    client.get("/sql/5/")
    assert [profile.sql_count for profile in stored()] == [1]
