# SPDX-License-Identifier: MIT
"""uWSGI: its threads are made in C, and its workers forked in C from a process that has loaded the site."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.django.live import (
    ALONE,
    ask,
    check_asked,
    check_own,
    check_times,
    get,
    get_all,
    serving,
    stored,
    timed_paths,
)
from tests.django.projects import Project

pytest.importorskip("pyuwsgi", reason="there is no uWSGI for this Python")
pytestmark = pytest.mark.slow

Site = Callable[..., Project]

PROCESSES, THREADS = 2, 2

#: More than can be answered at once.
REQUESTS = 6


@contextmanager
def uwsgi(project: Project, *options: str) -> Iterator[Path]:
    address = project.folder / "socket"
    command = [
        *(sys.executable, "-c", "import sys, pyuwsgi; pyuwsgi.run(sys.argv[1:])"),
        *("--master", "--enable-threads", "--need-app", "--http-socket", str(address)),
        # Otherwise it ends in the middle of what Python does, also of storing what it has.
        *("--hook-master-start", "unix_signal:15 gracefully_kill_them_all"),
        *(f"--processes={PROCESSES}", f"--threads={THREADS}"),
        *("--wsgi", "django.core.wsgi:get_wsgi_application()", *options),
    ]
    with serving(project, command, "spawned uWSGI worker", times=PROCESSES):
        yield address


@pytest.mark.parametrize("options", [[], ["--lazy-apps"]], ids=["prefork", "lazy"])
def test_requests_ask_for_samples(site: Site, token: dict[str, str], options: list[str]) -> None:
    project = site()
    with uwsgi(project, *options) as address:
        answers = ask(address, REQUESTS, token)
    check_asked(answers, stored(project))


def test_slow_requests_are_sampled(site: Site) -> None:
    project = site(SLOW_SECONDS=0.1)
    with uwsgi(project) as address:
        quick = [get(address, "/plain/") for _ in range(4)]
        answers = get_all(address, timed_paths(REQUESTS))
        alone = get(address, ALONE)
    assert quick == [(200, None, b"plain")] * 4
    assert {answer[:2] for answer in [alone, *answers]} == {(200, None)}  # nobody is told
    by_path = dict(zip([*timed_paths(REQUESTS), ALONE], [*answers, alone], strict=True))
    profiles = stored(project)
    assert {(found.path, found.trigger) for found in profiles} == {
        (path, "slow") for path in by_path
    }
    for found in profiles:
        check_own(by_path[found.path], found)
        if found.path == ALONE:
            check_times(alone, found)
