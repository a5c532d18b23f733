# SPDX-License-Identifier: MIT
from __future__ import annotations

from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import override_script_prefix
from django.urls import set_script_prefix

from django_profiler import policy
from django_profiler.conf import DEFAULTS
from django_profiler.trigger import Trigger

ASKED = Trigger(engine="trace", show=False, pair="profile=1")
factory = RequestFactory()


def ask(**meta: Any) -> bool:
    return policy.authorize(factory.get("/", **meta), ASKED)


def cookie_of(*, user: Any = None, secure: bool = False) -> Any:
    request = factory.get("/", secure=secure)
    request.user = user
    response = HttpResponse()
    policy.set_cookie(request, response)
    return response.cookies[policy.COOKIE]


def with_cookie(value: str) -> HttpRequest:
    return factory.get("/", HTTP_COOKIE=f"{policy.COOKIE}={value}")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.3.4.5", "::1", "::ffff:127.0.0.1", "192.0.2.7"]
)
def test_with_debug_the_machine_itself_and_internal_addresses_may(
    settings: Any, address: str
) -> None:
    settings.DEBUG = True
    settings.INTERNAL_IPS = ["192.0.2.7"]
    assert ask(REMOTE_ADDR=address)


@pytest.mark.parametrize("address", ["192.0.2.8", "10.0.0.1", "", "localhost", "::2", "127.0.0.1%"])
def test_with_debug_others_may_not(settings: Any, address: str) -> None:
    settings.DEBUG = True
    assert not ask(REMOTE_ADDR=address)


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"])
def test_with_debug_a_proxy_on_this_machine_speaks_for_strangers(
    settings: Any, header: str
) -> None:
    settings.DEBUG = True
    assert not ask(REMOTE_ADDR="127.0.0.1", **{header: "203.0.113.9"})
    settings.INTERNAL_IPS = ["127.0.0.1"]
    assert ask(REMOTE_ADDR="127.0.0.1", **{header: "203.0.113.9"})


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "192.0.2.7"])
def test_without_debug_an_address_is_not_enough(settings: Any, address: str) -> None:
    settings.INTERNAL_IPS = ["192.0.2.7"]
    assert not ask(REMOTE_ADDR=address)


def test_a_printed_token_authorises() -> None:
    assert ask(HTTP_X_PROFILE=policy.make_token())


def test_the_cookie_of_the_switch_authorises() -> None:
    request = with_cookie(cookie_of(user=SimpleNamespace(pk=7)).value)
    assert policy.authorize(request, ASKED)
    assert policy.has_cookie(request)
    assert policy.credential(request).user == "7"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    cookie = cookie_of()
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["max-age"] == policy.COOKIE_SECONDS
    assert not cookie["secure"]
    assert cookie_of(secure=True)["secure"]


def test_the_cookie_stays_below_the_script_prefix() -> None:
    set_script_prefix("/shop/")
    try:
        assert cookie_of()["path"] == "/shop/"
    finally:
        set_script_prefix("/")


def test_the_switch_can_be_turned_off() -> None:
    response = HttpResponse()
    policy.clear_cookie(response)
    assert response.cookies[policy.COOKIE]["max-age"] == 0


@pytest.mark.parametrize("change", ["", "x", "cut", "case", "payload"])
def test_a_forged_credential_is_refused(change: str) -> None:
    token = policy.make_token()
    rest = token.split(":", 1)[1]
    forged = {
        "": "",
        "x": token + "x",
        "cut": token[:-1],
        "case": token.swapcase(),
        "payload": signing.b64_encode(b'["token","",99999999999]').decode() + ":" + rest,
    }[change]
    assert not ask(HTTP_X_PROFILE=forged)
    assert not policy.authorize(with_cookie(forged), ASKED)


def test_a_credential_of_another_key_is_refused(settings: Any) -> None:
    token = policy.make_token()
    settings.SECRET_KEY = "another"
    assert not ask(HTTP_X_PROFILE=token)
    settings.SECRET_KEY_FALLBACKS = ["only for tests"]
    assert ask(HTTP_X_PROFILE=token)


@pytest.mark.parametrize(
    "content", ["text", 5, None, [], ["token"], ["token", "", "soon"], {"token": 1}]
)
def test_a_signed_value_of_another_shape_is_refused(content: Any) -> None:
    assert not ask(HTTP_X_PROFILE=signing.dumps(content, salt="django_profiler.credential"))


def test_a_value_signed_for_something_else_is_refused() -> None:
    content = ("token", "", 99_999_999_999)
    assert not ask(HTTP_X_PROFILE=signing.dumps(content, salt="sessions"))


def test_an_expired_credential_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    token, cookie = policy.make_token(seconds=60), cookie_of().value
    now = policy.time.time()
    monkeypatch.setattr(policy.time, "time", lambda: now + 61)
    assert not ask(HTTP_X_PROFILE=token)
    assert policy.authorize(with_cookie(cookie), ASKED)
    monkeypatch.setattr(policy.time, "time", lambda: now + policy.COOKIE_SECONDS + 1)
    assert not policy.authorize(with_cookie(cookie), ASKED)


def test_a_cookie_is_no_token_and_a_token_no_cookie() -> None:
    assert not ask(HTTP_X_PROFILE=cookie_of().value)
    assert not policy.authorize(with_cookie(policy.make_token()), ASKED)


def test_a_long_credential_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy.signing, "loads", lambda *a, **k: pytest.fail("looked at"))
    assert not ask(HTTP_X_PROFILE="x" * 100_000)


def test_cookies_of_a_stranger_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    request = factory.get("/", HTTP_COOKIE="a=1; " * 1000)
    assert policy.credential(request) is None
    assert "COOKIES" not in request.__dict__
    assert SimpleCookie(request.META["HTTP_COOKIE"])


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "Same-Origin", "nonsense"])
def test_another_site_is_recognised(site: str) -> None:
    assert policy.is_cross_site(factory.get("/", HTTP_SEC_FETCH_SITE=site))


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_this_site_and_the_address_bar_are_recognised(site: str) -> None:
    assert not policy.is_cross_site(factory.get("/", HTTP_SEC_FETCH_SITE=site))


@pytest.mark.parametrize(
    ("origin", "cross"),
    [
        ("http://testserver", False),
        ("http://elsewhere.example", True),
        ("null", True),
        ("http://testserver.elsewhere.example", True),
        ("http://[broken", True),
    ],
)
def test_the_origin_is_asked_where_the_browser_says_no_site(origin: str, cross: bool) -> None:
    assert policy.is_cross_site(factory.get("/", HTTP_ORIGIN=origin)) is cross


def test_a_client_that_is_no_browser_is_no_other_site() -> None:
    assert not policy.is_cross_site(factory.get("/"))


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("/admin/django_profiler/", True),
        ("/admin/django_profiler/profile/1/", True),
        ("/static/a.js", True),
        ("/admin/", False),
        ("/admin/auth/user/", False),
        ("/", False),
    ],
)
def test_own_pages_and_static_files_are_ignored(path: str, ignored: bool) -> None:
    assert policy.is_ignored(factory.get(path), DEFAULTS) is ignored


def test_media_files_are_ignored_but_an_unset_media_url_ignores_nothing(settings: Any) -> None:
    settings.MEDIA_URL = ""
    assert not policy.is_ignored(factory.get("/page/"), DEFAULTS)
    settings.MEDIA_URL = "/media/"
    assert policy.is_ignored(factory.get("/media/a.png"), DEFAULTS)


@pytest.mark.parametrize(
    ("path", "ignored"),
    [("/static/a.js", True), ("/media/a.png", True), ("/page/", False), ("/admin/", False)],
)
def test_files_are_ignored_cheaply(settings: Any, path: str, ignored: bool) -> None:
    settings.MEDIA_URL = "/media/"
    assert policy.is_ignored_cheaply(factory.get(path), DEFAULTS) is ignored
    assert policy.is_ignored(factory.get(path), DEFAULTS) is ignored
    settings.MEDIA_URL = ""
    assert not policy.is_ignored_cheaply(factory.get("/page/"), DEFAULTS)


def test_the_admin_is_looked_for_anew_where_it_may_be_another(settings: Any) -> None:
    assert policy.default_ignore() == ("/static/", "/admin/django_profiler/")
    with override_script_prefix("/below/"):
        assert "/below/admin/django_profiler/" in policy.default_ignore()
    settings.ROOT_URLCONF = "tests.django.bare_urls"
    assert policy.default_ignore() == ("/static/",)


def test_unset_static_files_and_a_site_without_admin_are_no_error(settings: Any) -> None:
    settings.STATIC_URL = None
    settings.ROOT_URLCONF = "tests.django.bare_urls"
    assert policy.default_ignore() == ()
    assert not policy.is_ignored(factory.get("/page/"), DEFAULTS)


def test_paths_of_the_project_replace_the_default(profiler: Any) -> None:
    from django_profiler.conf import profiler_settings

    profiler(IGNORE=["/health/"])
    assert policy.is_ignored(factory.get("/health/live/"), profiler_settings())
    assert not policy.is_ignored(factory.get("/static/a.js"), profiler_settings())
