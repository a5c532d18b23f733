# SPDX-License-Identifier: MIT
"""Who may start a profile.

The default policy, `authorize`, knows two ways in: with `DEBUG`, the machine itself and
`INTERNAL_IPS`; always, a signed and expiring credential. Neither touches the database, so a
stranger costs nothing but the look at a header.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.exceptions import DisallowedHost
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.translation import get_language

from django_profiler.limits import COOKIE_SECONDS, CREDENTIAL_LENGTH, TOKEN_SECONDS

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from django_profiler.conf import ProfilerSettings
    from django_profiler.trigger import Trigger

COOKIE = "django_profiler"
HEADER = "X-Profile"
UNPROFILED_METHODS = frozenset({"OPTIONS", "TRACE", "CONNECT"})
_SALT = "django_profiler.credential"
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


@dataclass(frozen=True, slots=True)
class Credential:
    """`kind` is "cookie" or "token"; `user` is the key of the user it was made for, as text."""

    kind: str
    user: str
    expires: int


def authorize(request: HttpRequest, trigger: Trigger) -> bool:
    """The default of the setting `AUTHORIZE`."""
    if settings.DEBUG and is_internal(request):
        return True
    return credential(request) is not None


def is_internal(request: HttpRequest) -> bool:
    address = request.META.get("REMOTE_ADDR", "")
    if address in settings.INTERNAL_IPS:
        return True
    # A proxy on this machine speaks for others: then loopback says nothing about the client.
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return bool((mapped or parsed).is_loopback)


def is_cross_site(request: HttpRequest) -> bool:
    """Whether another site made the browser send this request.

    Starting a profile is a change of state by a mere link, so it has to come from this site,
    from the address bar, or from a client that is no browser.
    """
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != request.get_host()
    except (ValueError, DisallowedHost):
        return True


def credential(request: HttpRequest) -> Credential | None:
    """The valid credential of the request, if it carries one."""
    token = request.META.get("HTTP_X_PROFILE")
    if token is not None:
        return read_credential(token, "token")
    # Parsing cookies costs in proportion to what a stranger sends: look for the name first.
    if f"{COOKIE}=" not in request.META.get("HTTP_COOKIE", ""):
        return None
    return read_credential(request.COOKIES.get(COOKIE, ""), "cookie")


def read_credential(text: str, kind: str) -> Credential | None:
    if not text or len(text) > CREDENTIAL_LENGTH:
        return None
    try:
        found, user, expires = signing.loads(text, salt=_SALT)
        result = Credential(str(found), str(user), int(expires))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return result if result.kind == kind and result.expires > time.time() else None


def make_token(*, user: Any = None, seconds: int = TOKEN_SECONDS) -> str:
    """A value for the header `X-Profile`."""
    return _sign("token", user, seconds)


def set_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let this browser start profiles for some hours: the admin's switch, turned on.

    The caller has checked the permission `django_profiler.trigger_profile`.
    """
    response.set_cookie(
        COOKIE,
        _sign("cookie", getattr(request, "user", None), COOKIE_SECONDS),
        max_age=COOKIE_SECONDS,
        path=get_script_prefix(),
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )


def clear_cookie(response: HttpResponseBase) -> None:
    """The admin's switch, turned off."""
    response.delete_cookie(COOKIE, path=get_script_prefix(), samesite="Strict")


def has_cookie(request: HttpRequest) -> bool:
    """Whether the admin's switch is on in this browser."""
    return read_credential(request.COOKIES.get(COOKIE, ""), "cookie") is not None


def is_ignored(request: HttpRequest, profiler: ProfilerSettings) -> bool:
    prefixes = default_ignore() if profiler.IGNORE is None else profiler.IGNORE
    return request.path.startswith(prefixes)


def is_ignored_cheaply(request: HttpRequest, profiler: ProfilerSettings) -> bool:
    """The same but for the default's admin pages: to find those takes as long as to start a session.

    For requests that nobody asked to profile. Before a profile of one is kept, `is_ignored` decides.
    """
    prefixes = profiler.IGNORE
    if prefixes is None:
        prefixes = _files(settings.STATIC_URL, settings.MEDIA_URL)
    return request.path.startswith(prefixes)


def default_ignore() -> tuple[str, ...]:
    """The profiler's own admin pages, static files and media."""
    return _ignore(
        settings.STATIC_URL,
        settings.MEDIA_URL,
        get_urlconf(settings.ROOT_URLCONF),
        get_script_prefix(),
        get_language(),
    )


# Where the admin is depends on the last three.
@lru_cache(maxsize=64)
def _ignore(static: str, media: str, *_: Any) -> tuple[str, ...]:
    prefixes = [static, media]
    # No admin, or none under the usual name: nothing to ignore.
    with suppress(NoReverseMatch):
        prefixes.append(reverse("admin:app_list", args=("django_profiler",)))
    return _of_parts(prefixes)


# Both settings have the script prefix of whoever asked first, and keep it.
@lru_cache(maxsize=64)
def _files(static: str, media: str) -> tuple[str, ...]:
    return _of_parts([static, media])


def _of_parts(prefixes: list[str]) -> tuple[str, ...]:
    # An unset MEDIA_URL reads as the script prefix, which would ignore the whole site.
    site = {"", "/", get_script_prefix()}
    return tuple(prefix for prefix in prefixes if prefix and prefix not in site)


def _sign(kind: str, user: Any, seconds: int) -> str:
    key = getattr(user, "pk", None)
    return signing.dumps(
        (kind, "" if key is None else str(key), int(time.time()) + seconds), salt=_SALT
    )
