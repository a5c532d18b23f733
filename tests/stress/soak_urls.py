# SPDX-License-Identifier: MIT
"""The shop's pages, and one that tells what the process that answers is like inside."""

from __future__ import annotations

import gc
import os
import sys

from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from django_profiler import counters, recorder
from libprof import _native

FLUSH_SECONDS = 60.0


def inside(request: HttpRequest) -> JsonResponse:
    stored = recorder.flush(FLUSH_SECONDS)
    gc.collect()
    blocks = sys.getallocatedblocks()
    objects = gc.get_objects()
    return JsonResponse(
        {
            "pid": os.getpid(),
            "counters": counters.snapshot(),
            "at_rest": stored,
            "running_sessions": _native.status()[1],
            "session_objects": sum(type(item) is _native.Session for item in objects),
            "objects": len(objects),
            "blocks": blocks,
        }
    )


urlpatterns = [
    path("soak/inside/", inside),
    path("", include("shop_project.urls")),
]
