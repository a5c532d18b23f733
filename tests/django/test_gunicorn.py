# SPDX-License-Identifier: MIT
"""A real server with threads and workers: each profile holds its own request."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.django import views
from tests.django.live import get, get_all, gunicorn, stored
from tests.django.projects import Project
from tests.django.trees import names

Site = Callable[..., Project]
pytest.importorskip("gunicorn")
pytestmark = pytest.mark.slow
_OWN = re.compile(r"(?:sync|async)_(?:inner|view)_(\d+)")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("sync", ["--workers=1", "--threads=8"]),
        ("async", ["--workers=2", "--threads=4", "--preload"]),
    ],
)
def test_eight_requests_at_once(
    site: Site, token: dict[str, str], kind: str, options: list[str]
) -> None:
    project = site()
    paths = [f"/{kind}/{number}/?profile=1" for number in range(views.NUMBERED)]
    with gunicorn(project, *options) as address:
        answers = get_all(address, paths, token)
    assert {answer.status for answer in answers} == {200}
    profiles = stored(project)
    assert {found.id for found in profiles} == {
        (answer.profile or "").replace("-", "") for answer in answers
    }
    for found in profiles:
        matches = {_OWN.search(name) for name in names(found.profile)}
        assert {int(match[1]) for match in matches if match} == {int(found.path.split("/")[2])}


@pytest.mark.parametrize("options", [["--threads=4"], ["--workers=2", "--threads=2", "--preload"]])
def test_slow_requests_of_a_server_are_sampled(site: Site, options: list[str]) -> None:
    project = site(SLOW_SECONDS=0.1)
    with gunicorn(project, *options) as address:
        for _ in range(4):
            assert get(address, "/plain/") == (200, None, b"plain")
        answers = get_all(address, ["/busy/120/"] * 4)
    assert answers == [(200, None, b"busy")] * 4  # nobody is told
    profiles = stored(project)
    assert [(found.path, found.trigger) for found in profiles] == [("/busy/120/", "slow")] * 4
    for found in profiles:
        busy = {function.name: function for function in found.profile.functions()}["busy"]
        assert busy.total_cpu_ns == pytest.approx(120e6, rel=0.15)
