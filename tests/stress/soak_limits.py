# SPDX-License-Identifier: MIT
"""Numbers that the site under load and the one who watches it must agree on."""

from __future__ import annotations

#: Few, so that profiles are also deleted all the time.
MAX_PROFILES = 300
WORKERS = 2
SERVERS = ("gthread", "asgi")
#: Each worker deletes once in a hundred profiles (django_profiler.limits.PRUNE_EVERY); some wait.
MAX_ROWS = MAX_PROFILES + WORKERS * len(SERVERS) * 150
