# SPDX-License-Identifier: MIT
"""What this process decided about profiling, as numbers.

Names are those of `reasons`. Each worker process has its own counters, from its start.
"""

from __future__ import annotations

import os
import threading
from collections import Counter

# Reentrant: a collected response may count something in the middle of a count.
_lock = threading.RLock()
_counts: Counter[str] = Counter()


def add(name: str, count: int = 1) -> None:
    with _lock:
        _counts[name] += count


def get(name: str) -> int:
    with _lock:
        return _counts[name]


def snapshot() -> dict[str, int]:
    with _lock:
        return {str(name): count for name, count in sorted(_counts.items())}


def reset() -> None:
    with _lock:
        _counts.clear()


def _after_fork_in_child() -> None:
    # The lock may have been held by a thread that does not exist in the child.
    global _lock
    _lock = threading.RLock()
    _counts.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)
