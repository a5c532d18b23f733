# SPDX-License-Identifier: MIT
"""The decision whether a request is profiled, cheapest question first."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.utils.module_loading import import_string

from django_profiler import chance, counters, guard, policy, trigger
from django_profiler.conf import DEFAULTS, ProfilerSettings, profiler_settings
from django_profiler.reasons import Reason
from django_profiler.trigger import Trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


def decide(request: HttpRequest) -> Trigger | None:
    """The trigger of a request that is to be profiled; a parameter is then hidden from it.

    Otherwise None, and the reason is counted.
    """
    settings = profiler_settings()
    asked = _ask(request, settings)
    if not isinstance(asked, Trigger) or not asked.asked:
        return _settle(asked)
    return _admit(request, settings, asked, _authorised(request, settings, asked))


async def adecide(request: HttpRequest) -> Trigger | None:
    settings = profiler_settings()
    asked = _ask(request, settings)
    if not isinstance(asked, Trigger) or not asked.asked:
        return _settle(asked)
    if settings.AUTHORIZE == DEFAULTS.AUTHORIZE:
        allowed = _authorised(request, settings, asked)
    else:
        # A project's own policy may use the database.
        allowed = await sync_to_async(_authorised)(request, settings, asked)
    return _admit(request, settings, asked, allowed)


@lru_cache(maxsize=8)
def load_policy(path: str) -> Callable[..., Any]:
    result = import_string(path)
    if not callable(result):
        raise ImportError(f"{path} is not callable")
    return result


def _ask(request: HttpRequest, settings: ProfilerSettings) -> Trigger | Reason:
    asked = trigger.parse(request, settings)
    if asked is Reason.NOT_ASKED:
        return chance.consider(request, settings)
    if isinstance(asked, Trigger) and policy.is_cross_site(request):
        return Reason.CROSS_SITE
    return asked


def _settle(decision: Trigger | Reason) -> Trigger | None:
    """What needs nobody's permission: a refusal, or what the settings want of ordinary requests."""
    if isinstance(decision, Trigger):
        return decision
    _refuse(decision)
    return None


def _authorised(request: HttpRequest, settings: ProfilerSettings, asked: Trigger) -> bool:
    authorize = settings.AUTHORIZE
    try:
        if isinstance(authorize, str):
            authorize = load_policy(authorize)
        answer = authorize(request, asked)
    except Exception as error:
        guard.report("the policy failed, so nobody is authorised", error)
        return False
    if inspect.isawaitable(answer):
        # A coroutine is true in itself: taking it for a yes would let everybody in.
        if inspect.iscoroutine(answer):
            answer.close()
        guard.report("the policy has to be a plain function", TypeError("coroutine function"))
        return False
    return bool(answer)


def _admit(
    request: HttpRequest, settings: ProfilerSettings, asked: Trigger, allowed: bool
) -> Trigger | None:
    if not allowed:
        _refuse(Reason.NOT_AUTHORISED)
        return None
    # From here on the parameter is ours, whatever else is decided.
    trigger.hide(request, settings)
    reason = None
    if request.method in policy.UNPROFILED_METHODS:
        reason = Reason.METHOD
    elif policy.is_ignored(request, settings):
        reason = Reason.IGNORED_PATH
    if reason is None:
        return asked
    _refuse(reason)
    return None


def _refuse(reason: Reason) -> None:
    counters.add(reason)
    if reason not in (Reason.NOT_ASKED, Reason.SAMPLED_OUT):
        guard.logger.debug("not profiled: %s", reason)
