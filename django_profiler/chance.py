# SPDX-License-Identifier: MIT
"""Ordinary requests, which nobody asked to profile: some are sampled, and all to find the slow ones."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from django_profiler import policy
from django_profiler.reasons import Reason
from django_profiler.trigger import RATE, SLOW, Trigger

if TYPE_CHECKING:
    from django.http import HttpRequest

    from django_profiler.conf import ProfilerSettings

# Not the one of `random` itself: an application that seeds that, or counts on what it gives, is not disturbed.
_random = random.Random()  # noqa: S311 - it draws samples

_DRAWN = Trigger("sample", source=RATE)
_WATCHED = Trigger("sample", source=SLOW)


def consider(request: HttpRequest, settings: ProfilerSettings) -> Trigger | Reason:
    """Whether `SAMPLE_RATE` or `SLOW_SECONDS` want this request."""
    if settings.SAMPLE_RATE <= 0 and settings.SLOW_SECONDS is None:
        return Reason.NOT_ASKED
    if request.method in policy.UNPROFILED_METHODS:
        return Reason.METHOD
    if policy.is_ignored_cheaply(request, settings):
        return Reason.IGNORED_PATH
    if settings.SAMPLE_RATE > 0 and _random.random() < settings.SAMPLE_RATE:
        return Reason.IGNORED_PATH if policy.is_ignored(request, settings) else _DRAWN
    return Reason.SAMPLED_OUT if settings.SLOW_SECONDS is None else _WATCHED
