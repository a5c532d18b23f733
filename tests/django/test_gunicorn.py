# SPDX-License-Identifier: MIT
"""A real server with threads and workers: each profile holds its own request."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

import libprof
from tests.django import views
from tests.django.projects import ROOT, Project
from tests.django.trees import names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("gunicorn")
pytestmark = pytest.mark.slow
_OWN = re.compile(r"(?:sync|async)_(?:inner|view)_(\d+)")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(str(self._path))


@contextmanager
def gunicorn(project: Project, *options: str) -> Iterator[Path]:
    address = project.folder / "socket"
    command = [sys.executable, "-m", "gunicorn", f"--bind=unix:{address}", *options]
    with subprocess.Popen(
        [*command, "django.core.wsgi:get_wsgi_application()"],
        cwd=ROOT,
        env=project.environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        log: list[str] = []
        ready = threading.Event()

        def read() -> None:
            for line in server.stderr:
                log.append(line)
                if "Booting worker" in line:
                    ready.set()
            ready.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert ready.wait(60)
        assert server.poll() is None, "".join(log)
        yield address
        server.terminate()
        assert server.wait(60) == 0, "".join(log)
        reader.join()


def get(address: Path, path: str, token: str) -> tuple[int, str | None]:
    connection = UnixConnection(address)
    connection.request("GET", path, headers={"X-Profile": token})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.getheader("X-Profile-Id")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("sync", ["--workers=1", "--threads=8"]),
        ("async", ["--workers=2", "--threads=4", "--preload"]),
    ],
)
def test_eight_requests_at_once(tmp_path: Path, kind: str, options: list[str]) -> None:
    project = Project(tmp_path)
    project.manage("migrate", "-v0")
    token = project.manage("profiler_token").strip()
    paths = [f"/{kind}/{number}/?profile=1" for number in range(views.NUMBERED)]
    with gunicorn(project, *options) as address, ThreadPoolExecutor(views.NUMBERED) as pool:
        answers = list(pool.map(lambda path: get(address, path, token), paths))
    assert {status for status, _ in answers} == {200}
    rows = project.rows(
        "SELECT profile.id, profile.path, blob.data FROM django_profiler_profile profile"
        " JOIN django_profiler_profileblob blob ON blob.profile_id = profile.id"
    )
    assert {row[0] for row in rows} == {identity.replace("-", "") for _, identity in answers}
    for _, path, document in rows:
        found = {_OWN.search(name) for name in names(libprof.Profile.from_bytes(document))}
        assert {int(match[1]) for match in found if match} == {int(path.split("/")[2])}


@pytest.mark.parametrize("options", [["--threads=4"], ["--workers=2", "--threads=2", "--preload"]])
def test_slow_requests_of_a_server_are_sampled(tmp_path: Path, options: list[str]) -> None:
    project = Project(tmp_path, "DJANGO_PROFILER = {'SLOW_SECONDS': 0.1}")
    project.manage("migrate", "-v0")
    with gunicorn(project, *options) as address, ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            assert get(address, "/plain/", "") == (200, None)
        answers = list(pool.map(lambda _: get(address, "/busy/120/", ""), range(4)))
    assert answers == [(200, None)] * 4  # nobody is told
    rows = project.rows(
        "SELECT profile.path, profile.trigger, blob.data FROM django_profiler_profile profile"
        " JOIN django_profiler_profileblob blob ON blob.profile_id = profile.id"
    )
    assert [row[:2] for row in rows] == [("/busy/120/", "slow")] * 4
    for _, _, document in rows:
        busy = {f.name: f for f in libprof.Profile.from_bytes(document).functions()}["busy"]
        assert busy.total_cpu_ns == pytest.approx(120e6, rel=0.15)
