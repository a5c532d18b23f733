# SPDX-License-Identifier: MIT
"""Django's own server: its main thread looks for changed files, and each request has a thread of its own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

import pytest

from tests.django.live import Answer, ask, check_asked, get, serving, stored
from tests.django.projects import Project

pytestmark = pytest.mark.slow

REQUESTS = 4
LISTENING = r"Starting (?:WSGI )?development server at http://127\.0\.0\.1:(\d+)/"


def ask_and_wait(port: int, headers: dict[str, str]) -> dict[str, Answer]:
    """Until all is stored: of a process that is interrupted the reloader expects that it ends at once."""
    answers = ask(port, REQUESTS, headers)
    assert get(port, "/plain/?profile=show", headers).status == 303
    return answers


def test_requests_before_and_after_a_file_has_changed(
    site: Callable[..., Project], token: dict[str, str]
) -> None:
    project = site()
    command = [sys.executable, "-m", "django", "runserver", "127.0.0.1:0"]
    with serving(project, command, LISTENING, stop_by=signal.SIGINT) as server:
        answers = ask_and_wait(int(server.wait_for(LISTENING)[1]), token)
        with (project.folder / "own.py").open("a") as settings:
            settings.write("\n# This is how it ends and begins anew.\n")
        again = int(server.wait_for(LISTENING, times=2)[1])
        answers |= ask_and_wait(again, token)
    check_asked(answers, [found for found in stored(project) if found.path != "/plain/"])
