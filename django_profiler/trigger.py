# SPDX-License-Identifier: MIT
"""The query parameter: reading it, hiding it from the application, putting it on redirects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.functional import cached_property

from django_profiler.conf import ENGINES, ProfilerSettings
from django_profiler.reasons import Reason

# Where a profile comes from: the values are stored.
PARAMETER: Final = "parameter"
RATE: Final = "rate"
SLOW: Final = "slow"

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why a request is profiled. `pair` is the parameter as it was sent, if it was."""

    engine: str
    show: bool = False
    pair: str = ""
    source: str = PARAMETER

    @property
    def asked(self) -> bool:
        """Somebody waits for the profile; else the response must not show that there is one."""
        return self.source == PARAMETER


def parse(request: HttpRequest, settings: ProfilerSettings) -> Trigger | Reason:
    """Read the query string only, never the body; costs a search when the parameter is absent."""
    query = query_string(request)
    if settings.PARAM not in query:
        return Reason.NOT_ASKED
    pairs = [pair for pair in query.split("&") if _key(pair) == settings.PARAM]
    if not pairs:
        return Reason.NOT_ASKED
    if len(pairs) > 1:
        return Reason.BAD_VALUE
    value = unquote_plus(pairs[0].partition("=")[2])
    if value in ("1", "show"):
        return Trigger(engine=settings.ENGINE, show=value == "show", pair=pairs[0])
    if value in ENGINES:
        return Trigger(engine=value, show=False, pair=pairs[0])
    return Reason.BAD_VALUE


def hide(request: HttpRequest, settings: ProfilerSettings) -> None:
    """Take the parameter out of what the application reads of the query string.

    An application that validates its parameters (the admin's lists do) would otherwise answer
    with something else than the page that was to be profiled.
    """
    query = query_string(request)
    kept = [pair for pair in query.split("&") if _key(pair) != settings.PARAM]
    request.META["QUERY_STRING"] = "&".join(kept)
    if isinstance(getattr(type(request), "GET", None), cached_property):
        # Parsed again when it is read, with the request's encoding and limits.
        request.__dict__.pop("GET", None)
    else:
        request.GET = QueryDict(request.META["QUERY_STRING"], encoding=request.encoding)


def restore(request: HttpRequest, response: HttpResponseBase, trigger: Trigger) -> bool:
    """Put the parameter on a redirect that stays on this site; tell whether it did."""
    if not trigger.asked or response.status_code not in REDIRECTS:
        return False
    if not response.has_header("Location"):
        return False
    location = response["Location"]
    if not _same_origin(request, location):
        return False
    parts = urlsplit(location)
    name = _key(trigger.pair)
    if all(_key(pair) != name for pair in parts.query.split("&")):
        query = f"{parts.query}&{trigger.pair}" if parts.query else trigger.pair
        response["Location"] = urlunsplit(parts._replace(query=query))
    return True


def query_string(request: HttpRequest) -> str:
    return str(request.META.get("QUERY_STRING", ""))


def _key(pair: str) -> str:
    return pair.partition("=")[0]


def _same_origin(request: HttpRequest, location: str) -> bool:
    # Browsers read a backslash as a slash and skip control characters: be stricter than they.
    if "\\" in location or any(ord(sign) < 0x21 for sign in location):
        return False
    try:
        parts = urlsplit(location)
        own: Any = (request.scheme, request.get_host())
    except (ValueError, DisallowedHost):
        return False
    if not parts.scheme and not parts.netloc:
        return not location.startswith("//")
    return ((parts.scheme or request.scheme), parts.netloc) == own
