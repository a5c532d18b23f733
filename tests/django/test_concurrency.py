# SPDX-License-Identifier: MIT
"""Many profiled requests at once: each profile holds its own request and nothing else."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from django_profiler.models import Profile
from tests.django import views
from tests.django.servers import get
from tests.django.trees import names, total_calls

Stored = Callable[[], list[Profile]]
_OWN = re.compile(r"(?:sync|async)_(?:inner|view)_(\d+)")


def numbers_in(profile: Profile) -> set[int]:
    """Numbers of the views whose functions the profile has."""
    return {int(match[1]) for name in names(profile.load()) if (match := _OWN.search(name))}


def check(profiles: list[Profile], kind: str) -> None:
    assert len(profiles) == views.NUMBERED
    seen = set()
    for profile in profiles:
        number = int(profile.path.split("/")[2])
        seen.add(number)
        assert numbers_in(profile) == {number}
        assert total_calls(profile.load(), f"{kind}_inner_{number}") == 40
    assert seen == set(range(views.NUMBERED))


def get_in_thread(path: str, headers: dict[str, str]) -> int:
    try:
        return Client().get(path, headers=headers).status_code
    finally:
        connections.close_all()


def test_threads(token: dict[str, str], stored: Stored) -> None:
    paths = [f"/sync/{number}/?profile=1" for number in range(views.NUMBERED)]
    with ThreadPoolExecutor(views.NUMBERED) as pool:
        assert set(pool.map(get_in_thread, paths, [token] * len(paths))) == {200}
    check(stored(), "sync")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_tasks(token: dict[str, str], stored: Stored, kind: str) -> None:
    async def main() -> list[int]:
        paths = [f"/{kind}/{number}/?profile=1" for number in range(views.NUMBERED)]
        return await asyncio.gather(*(get(path, token) for path in paths))

    assert set(asyncio.run(main())) == {200}
    check(stored(), kind)


def test_async_views_on_a_sync_server(token: dict[str, str], stored: Stored) -> None:
    paths = [f"/async/{number}/?profile=1" for number in range(views.NUMBERED)]
    with ThreadPoolExecutor(views.NUMBERED) as pool:
        assert set(pool.map(get_in_thread, paths, [token] * len(paths))) == {200}
    check(stored(), "async")


def test_a_request_that_is_not_profiled_leaves_no_trace(
    token: dict[str, str], stored: Stored
) -> None:
    stop = threading.Event()

    def noise() -> None:
        while not stop.is_set():
            get_in_thread("/plain/", {})

    noisy = threading.Thread(target=noise)
    noisy.start()
    try:
        for number in range(views.NUMBERED):
            get_in_thread(f"/async/{number}/?profile=1", token)
    finally:
        stop.set()
        noisy.join()
    profiles = stored()
    check(profiles, "async")
    assert all("plain_work" not in names(profile.load()) for profile in profiles)


def test_sums_are_right_under_concurrent_writers(token: dict[str, str], stored: Stored) -> None:
    count = 24
    with ThreadPoolExecutor(6) as pool:
        paths = ["/sql/2/?profile=1"] * count
        assert set(pool.map(get_in_thread, paths, [token] * count)) == {200}
    profiles = stored()
    (view,) = {profile.view for profile in profiles}
    assert len(profiles) == view.profile_count == count
    assert view.sql_count_total == 2 * count
    assert view.wall_ns_total == sum(profile.wall_ns for profile in profiles)
    assert view.wall_ns_max == max(profile.wall_ns for profile in profiles)
    periods: Any = view.periods.all()
    assert sum(period.count for period in periods) == count
    assert sum(sum(period.wall_histogram) for period in periods) == count
