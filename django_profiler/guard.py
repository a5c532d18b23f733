# SPDX-License-Identifier: MIT
"""The profiler's own failures: counted, logged once each, and never passed on."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django_profiler import counters
from django_profiler.reasons import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger("django_profiler")
_logged: set[str] = set()


@contextmanager
def guarded(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        report(what, error)


def report(what: str, error: BaseException, *, event: Event = Event.INTERNAL_ERROR) -> None:
    """Count a failure; log its traceback the first time this kind of it is seen."""
    counters.add(event)
    kind = f"{what}: {type(error).__qualname__}"
    if kind in _logged:
        return
    _logged.add(kind)
    logger.error("%s; further failures of this kind are only counted", what, exc_info=error)


def warn_once(message: str) -> None:
    if message not in _logged:
        _logged.add(message)
        logger.warning("%s", message)
