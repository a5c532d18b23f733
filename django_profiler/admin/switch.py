# SPDX-License-Identifier: MIT
"""The switch "profile this browser": it sets and clears the credential of the default policy."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from django_profiler import policy
from django_profiler.conf import profiler_settings
from django_profiler.limits import COOKIE_SECONDS

ON, OFF = "on", "off"


def is_on(request: HttpRequest) -> bool:
    return policy.has_cookie(request)


def turn(request: HttpRequest, state: str, back: str) -> HttpResponse:
    """The caller has checked the method and the permission."""
    response = HttpResponseRedirect(back)
    if state == ON:
        policy.set_cookie(request, response)
        messages.success(request, _message_on())
    else:
        policy.clear_cookie(response)
        messages.success(request, _("This browser can no longer start profiles."))
    return response


def _message_on() -> str:
    return _(
        "This browser can start profiles for the next %(hours)d hours: "
        "add ?%(parameter)s=1 to the address of a page."
    ) % {"hours": COOKIE_SECONDS // 3600, "parameter": profiler_settings().PARAM}
