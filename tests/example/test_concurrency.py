# SPDX-License-Identifier: MIT
"""Eight threads of gunicorn, eight pages profiled at once: every profile holds its own page alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from tests.example.harness import Server, Shop, read_answer

# Each page with its view's function and with one of its own that no other page calls.
VIEWS = {
    "/products/search/?q=coper+kettel+slow+morning": ("product_search", "cut_pieces"),
    "/products/print/": ("product_print", "stars"),
    "/reports/sales/": ("sales", "trailing_revenue"),
    "/orders/": ("order_list", "order_list"),
    "/checkout/delivery/": ("delivery", "ask_carrier"),
    "/reports/affinity/": ("affinity", "build_graph"),
    "/reports/threads/": ("threads", "report_region"),
    "/async/stock/": ("stock", "ask_supplier"),
}
# All eight have to be in flight at one moment in at least one of so many rounds.
MOST_ROUNDS = 6


@dataclass(frozen=True)
class Taken:
    """A stored profile, with what is compared of it."""

    path: str
    calls: dict[tuple[str, str], int]
    sql_count: int
    start: float
    end: float


def ask(server: Server, paths: list[str]) -> dict[str, str]:
    """Ask for all pages at the same moment; the profile's identifier by page."""
    ready = threading.Barrier(len(paths))

    def one(path: str) -> str:
        connection = server.connect()
        try:
            ready.wait()
            connection.request("GET", f"{path}{'&' if '?' in path else '?'}profile=1")
            answer = read_answer(connection)
        finally:
            connection.close()
        assert answer.status == 200, path
        assert answer.profile_id, path
        return answer.profile_id

    with ThreadPoolExecutor(len(paths)) as pool:
        return dict(zip(paths, pool.map(one, paths), strict=True))


def take(shop: Shop, server: Server, paths: list[str]) -> dict[str, Taken]:
    return load(shop, ask(server, paths))


def load(shop: Shop, ids: dict[str, str]) -> dict[str, Taken]:
    stored = shop.probe("profiles", *ids.values())
    return {path: as_taken(path, stored[key]) for path, key in ids.items()}


def as_taken(path: str, row: dict[str, Any]) -> Taken:
    assert row["path"] == path.split("?")[0]
    assert row["truncated"] == ""
    start = datetime.fromisoformat(row["started"]).timestamp()
    calls = {(file, name): count for file, name, count in row["own_functions"]}
    return Taken(path, calls, row["sql_count"], start, start + row["wall_ns"] / 1e9)


def most_at_once(profiles: list[Taken]) -> int:
    return max(
        sum(other.start <= profile.start < other.end for other in profiles) for profile in profiles
    )


@pytest.fixture(scope="module")
def alone(shop: Shop, server: Server) -> dict[str, Taken]:
    """The profile of each page when nothing else goes on. The first visit only warms up."""
    for path in VIEWS:
        assert server.get(path).status == 200
    ids = {path: ask(server, [path])[path] for path in VIEWS}
    return load(shop, ids)


def test_each_page_alone_shows_its_own_functions(alone: dict[str, Taken]) -> None:
    for path, names in VIEWS.items():
        found = {name for _, name in alone[path].calls}
        assert set(names) <= found, path
        foreign = {name for other, pair in VIEWS.items() if other != path for name in pair}
        assert found & foreign == set(), path


def test_eight_at_once_are_told_apart(shop: Shop, server: Server, alone: dict[str, Taken]) -> None:
    peak = 0
    for _ in range(MOST_ROUNDS):
        together = take(shop, server, list(VIEWS))
        for path, taken in together.items():
            # Not one call more or less than without the other seven.
            assert taken.calls == alone[path].calls, path
            assert taken.sql_count == alone[path].sql_count, path
        peak = max(peak, most_at_once(list(together.values())))
        if peak == len(VIEWS):
            break
    assert peak == len(VIEWS), "the pages never were in flight all at once"


def test_unprofiled_neighbours_leave_no_trace(
    shop: Shop, server: Server, alone: dict[str, Taken]
) -> None:
    path, *others = VIEWS
    stop = threading.Event()

    def disturb(other: str) -> int:
        visits = 0
        while not (stop.is_set() and visits):
            assert server.get(other).profile_id is None
            visits += 1
        return visits

    with ThreadPoolExecutor(len(others)) as pool:
        visits = [pool.submit(disturb, other) for other in others[:4]]
        try:
            taken = take(shop, server, [path])[path]
        finally:
            stop.set()
    assert all(visit.result() for visit in visits)
    assert taken.calls == alone[path].calls
    assert taken.sql_count == alone[path].sql_count
