# SPDX-License-Identifier: MIT
"""Real servers of the site in processes of their own: asking them, and what they have stored."""

from __future__ import annotations

import http.client
import json
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import libprof
from tests.django.projects import ROOT, Project
from tests.processes import SECONDS, Server, running

#: Where a server listens: the path of a socket, or a port of this machine.
Address = Path | int

_TIMED = re.compile(r"timed_[a-z]+_(\d+)")


class Answer(NamedTuple):
    status: int
    profile: str | None
    body: bytes


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(SECONDS)
        self.sock.connect(str(self._path))


def get(address: Address, path: str, headers: dict[str, str] | None = None) -> Answer:
    """When the request has ended, which is after its response was sent."""
    if isinstance(address, Path):
        connection: http.client.HTTPConnection = UnixConnection(address)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", address, timeout=SECONDS)
    connection.request("GET", path, headers={**(headers or {}), "Connection": "close"})
    with connection.sock.dup() as line:
        response = connection.getresponse()
        answer = Answer(response.status, response.getheader("X-Profile-Id"), response.read())
        assert line.recv(1) == b""  # it hangs up when it is done with the request
    connection.close()
    return answer


def get_all(
    address: Address, paths: Iterable[str], headers: dict[str, str] | None = None
) -> list[Answer]:
    """All at once."""
    paths = list(paths)
    with ThreadPoolExecutor(len(paths)) as pool:
        return list(pool.map(lambda path: get(address, path, headers), paths))


@contextmanager
def gunicorn(project: Project, *options: str) -> Iterator[Path]:
    address = project.folder / "socket"
    command = [sys.executable, "-m", "gunicorn", f"--bind=unix:{address}", *options]
    application = "django.core.wsgi:get_wsgi_application()"
    with serving(project, [*command, application], "Booting worker"):
        yield address


@contextmanager
def serving(project: Project, command: list[str], ready: str, **options: Any) -> Iterator[Server]:
    environment = {**project.environment, "PYTHONUNBUFFERED": "1"}
    with running(command, ready, cwd=ROOT, env=environment, **options) as server:
        yield server


class Stored(NamedTuple):
    id: str
    path: str
    trigger: str
    profile: libprof.Profile


def stored(project: Project) -> list[Stored]:
    """What the server has stored, once it has stopped; oldest first."""
    rows = project.rows(
        "SELECT profile.id, profile.path, profile.trigger, blob.data"
        " FROM django_profiler_profile profile"
        " JOIN django_profiler_profileblob blob ON blob.profile_id = profile.id"
        " ORDER BY profile.created"
    )
    return [Stored(*row[:3], libprof.Profile.from_bytes(row[3])) for row in rows]


# ---- the timed views -------------------------------------------------------------------------------


#: A timed view that is asked for when nothing else is.
ALONE = "/timed/7/"


def timed_paths(count: int, query: str = "") -> list[str]:
    return [f"/timed/{number}/{query}" for number in range(count)]


def ask(address: Address, count: int, headers: dict[str, str]) -> dict[str, Answer]:
    """So many requests that ask for samples, all at once and beside others that do not, and then one more.

    By their profiles. The others are answered as ever.
    """
    assert get(address, "/plain/", headers) == (200, None, b"plain")
    asking = timed_paths(count, "?profile=sample")
    answers = get_all(address, [*asking, *["/busy/40/"] * count], headers)
    assert answers[count:] == [(200, None, b"busy")] * count
    asked = [*answers[:count], get(address, f"{ALONE}?profile=sample", headers)]
    assert {answer.status for answer in asked} == {200}
    assert overlap(asked), "no two requests were in one process at once"
    return {(answer.profile or "").replace("-", ""): answer for answer in asked}


def overlap(answers: list[Answer]) -> bool:
    """Were two of the timed views at work in one process at once?"""
    spans = []
    for answer in answers:
        facts = json.loads(answer.body)
        first, last = facts["parts"].values()
        spans.append((facts["process"], first["begin_ns"], last["end_ns"]))
    return any(
        one[0] == other[0] and one[1] <= other[1] < one[2] for one, other in permutations(spans, 2)
    )


def check_asked(answers: dict[str, Answer], found: list[Stored], *, sleeps: bool = True) -> None:
    """Who asked has a profile, of that request; the one that was alone with exact times."""
    assert {stored.id for stored in found} == set(answers)
    for stored in found:
        assert stored.trigger == "parameter"
        check_own(answers[stored.id], stored, sleeps=sleeps)
        if stored.path == ALONE:
            check_times(answers[stored.id], stored, sleeps=sleeps)


def check_own(answer: Answer, found: Stored, *, sleeps: bool = True) -> None:
    """The profile of a timed view holds its own functions, and no work of another thread.

    A sleep that lets others run in its thread is not found: nobody waits there.
    """
    number = found.path.split("/")[2]
    functions = {function.name: function for function in found.profile.functions()}
    kinds = ("view", "computes", "sleeps") if sleeps else ("view", "computes")
    assert {f"timed_{kind}_{number}" for kind in kinds} <= set(functions)
    assert {match[1] for name in functions if (match := _TIMED.fullmatch(name))} == {number}
    assert "busy" not in functions
    computes, slept = json.loads(answer.body)["parts"].values()
    cpu_ns = functions[f"timed_computes_{number}"].total_cpu_ns
    assert 0.6 * computes["cpu_ns"] <= cpu_ns <= 1.2 * computes["cpu_ns"]
    wall_ns = slept["end_ns"] - computes["begin_ns"]
    # Two clocks that run nearly alike, and a tick may find the profiler at work.
    assert found.profile.raw_wall_ns >= 0.999 * wall_ns


def check_times(answer: Answer, found: Stored, *, sleeps: bool = True) -> None:
    """They are those of the view's own clocks."""
    functions = {function.name: function for function in found.profile.functions()}
    for name, clocks in json.loads(answer.body)["parts"].items():
        if sleeps or "computes" in name:
            assert functions[name].total_wall_ns == close(clocks["end_ns"] - clocks["begin_ns"])
            assert functions[name].total_cpu_ns == close(clocks["cpu_ns"])


def close(ns: int) -> Any:
    """Within 5 %, or 10 ms: a function's first and last sample may be shared with its neighbours."""
    return pytest.approx(ns, rel=0.05, abs=10e6)
