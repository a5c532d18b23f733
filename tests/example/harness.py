# SPDX-License-Identifier: MIT
"""The example shop as a person runs it: its own processes, its own folder, real HTTP.

Nothing of it is imported here. The test suite has settings of its own, and one process can only
have one set of them.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "example_project"
PROBES = Path(__file__).with_name("probes.py")
COMMAND_SECONDS = 180
REQUEST_SECONDS = 60
STOP_SECONDS = 30
SMALL = ("--products", "60", "--customers", "40", "--orders", "200")
LISTENING = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Shop:
    """A shop in a folder of its own."""

    folder: Path
    extra_env: dict[str, str] = field(default_factory=dict)

    def env(self, **extra: str) -> dict[str, str]:
        foreign = ("DJANGO_", "PYTEST_", "SHOP_", "PORT", "SCRIPT_NAME", "GUNICORN_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own["SHOP_DATABASE"] = str(self.folder / "shop.sqlite3")
        own["PYTHONPATH"] = os.pathsep.join([str(PROJECT), own.get("PYTHONPATH", "")]).strip(":")
        return {**own, **self.extra_env, **extra}

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._run([str(PROJECT / "manage.py"), *arguments], check=check)

    def probe(self, name: str, *arguments: str) -> Any:
        """What a function of probes.py returns when a process of the shop calls it."""
        done = self._run([str(PROBES), name, *arguments])
        return json.loads(done.stdout)

    def migrate(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        self.manage("migrate", "--verbosity", "0", "--database", "profiles")

    def copy(self, folder: Path) -> Shop:
        """The same shop in another folder, which may be there but has to be empty."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Shop(folder, self.extra_env)

    def with_env(self, **extra: str) -> Shop:
        return Shop(self.folder, {**self.extra_env, **extra})

    def _run(self, arguments: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        if check and done.returncode:
            raise AssertionError(f"{arguments} failed:\n{done.stdout}\n{done.stderr}")
        return done


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def profile_id(self) -> str | None:
        return self.headers.get("x-profile-id")


class Server:
    """gunicorn, serving a shop on a port that was free."""

    def __init__(self, shop: Shop, *, workers: int = 1, threads: int = 8) -> None:
        self._log: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", str(PROJECT / "gunicorn.conf.py")],
            env=shop.env(
                SHOP_BIND="127.0.0.1:0", SHOP_WORKERS=str(workers), SHOP_THREADS=str(threads)
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = self._read_port()
        self._reader = threading.Thread(target=self._read_on)
        self._reader.start()

    def connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        connection.connect()
        return connection

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self.send("GET", path, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            return read_answer(connection)
        finally:
            connection.close()

    def log(self) -> str:
        return "".join(self._log)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._reader.join()
            self._stderr.close()

    @property
    def _stderr(self) -> Any:
        assert self._process.stderr is not None
        return self._process.stderr

    def _read_port(self) -> int:
        for line in self._stderr:
            self._log.append(line)
            if found := LISTENING.search(line):
                return int(found[1])
        raise AssertionError(f"gunicorn did not start:\n{self.log()}")

    def _read_on(self) -> None:
        self._log.extend(self._stderr)


@contextmanager
def serve(shop: Shop, *, workers: int = 1, threads: int = 8) -> Iterator[Server]:
    server = Server(shop, workers=workers, threads=threads)
    try:
        yield server
    finally:
        server.stop()


def read_answer(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())
