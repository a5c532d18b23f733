# SPDX-License-Identifier: MIT
from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

from django_profiler import counters
from django_profiler.reasons import Event, Loss, Reason


def test_names_count_up() -> None:
    counters.add(Reason.CROSS_SITE)
    counters.add(Reason.CROSS_SITE, 2)
    counters.add("something else")
    assert counters.get("cross-site") == 3
    assert counters.snapshot() == {"cross-site": 3, "something else": 1}


def test_asking_does_not_count() -> None:
    assert counters.get("nothing") == 0
    assert counters.snapshot() == {}


def test_a_snapshot_is_a_copy() -> None:
    counters.snapshot()["cross-site"] = 5
    assert counters.get("cross-site") == 0


def test_threads_do_not_lose_counts() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: counters.add("x"), range(4000)))
    assert counters.get("x") == 4000


def test_a_finaliser_may_count_while_something_is_counted() -> None:
    class Counting:
        def __del__(self) -> None:
            counters.add("collected")

    with counters._lock:
        cycle = Counting()
        cycle.self = cycle
        del cycle
        gc.collect()
    assert counters.get("collected") == 1


def test_every_name_is_a_name_of_its_own() -> None:
    names = [str(name) for kind in (Reason, Loss, Event) for name in kind]
    assert len(names) == len(set(names))
