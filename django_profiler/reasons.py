# SPDX-License-Identifier: MIT
from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a request was not profiled. The values are the names of counters: keep them stable."""

    NOT_ASKED = "not asked"
    BAD_VALUE = "bad value"
    CROSS_SITE = "cross-site"
    METHOD = "method"
    NOT_AUTHORISED = "not authorised"
    IGNORED_PATH = "ignored path"
    SAMPLED_OUT = "sampled out"
    NOT_SLOW = "not slow"
    SESSION_LIMIT = "session limit"
    ENGINE_NOT_AVAILABLE = "engine not available"
    PROFILER_FAILED = "profiler failed"


class Loss(StrEnum):
    """Why a profile that was taken, or the answer asked for with it, did not come to be."""

    QUEUE_FULL = "lost: queue full"
    NOT_SERIALISED = "lost: not serialised"
    SPOOL_FULL = "lost: spool full"
    SPOOL_FAILED = "lost: spool failed"
    SPOOL_BROKEN = "lost: broken spool file"
    REFUSED = "lost: refused by the database"
    SHOW_STREAMING = "not shown: the response is streamed"
    SHOW_NOT_STORED = "not shown: not stored in time"
    SHOW_NO_ADMIN = "not shown: no admin page"


class Event(StrEnum):
    """What else is worth a number."""

    STARTED = "profiled"
    STORED = "stored"
    SPOOLED = "spooled"
    UNSPOOLED = "stored from the spool"
    PRUNED = "pruned"
    STORE_ERROR = "store failed"
    PRUNE_ERROR = "pruning failed"
    INTERNAL_ERROR = "errors inside the profiler"
    TREE_DROPPED = "left out of a merged tree"


class Outcome(StrEnum):
    """How a profiled request ended. The values are stored."""

    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
