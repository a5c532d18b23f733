# SPDX-License-Identifier: MIT
"""A shop in a folder of its own, and the servers in front of it."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROJECT = ROOT / "example_project"
LISTENING = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")
STOP_SECONDS = 60
TOKEN_SECONDS = 7 * 24 * 3600

PAGES_SOURCE = """
import json
from shop.models import Product
from shop.tour import STOPS
slugs = list(Product.objects.order_by("pk").values_list("slug", flat=True)[:20])
print(json.dumps([[stop.url(slug), stop.title, stop.status]
                  for stop in STOPS if not stop.needs_login
                  for slug in (slugs if stop.needs_product else slugs[:1])]))
"""


class Shop:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def env(self, **extra: str) -> dict[str, str]:
        foreign = ("DJANGO_", "SHOP_", "PORT", "SCRIPT_NAME", "GUNICORN_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own["SHOP_DATABASE"] = str(self.folder / "shop.sqlite3")
        own["DJANGO_SETTINGS_MODULE"] = "soak_site"
        own["PYTHONPATH"] = os.pathsep.join([str(HERE), str(PROJECT)])
        return own | extra

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *arguments],
            cwd=PROJECT,
            env=self.env(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"manage.py {arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def prepare(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        self.manage("migrate", "--verbosity", "0", "--database", "profiles")
        self.manage("seed_shop", "--products", "120", "--customers", "80", "--orders", "400")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")

    def token(self) -> str:
        return self.manage("profiler_token", "--seconds", str(TOKEN_SECONDS)).strip()

    def pages(self) -> list[tuple[str, str, int]]:
        """Address, name and status of every page that needs no login."""
        shown = self.manage("shell", "--verbosity", "0", "--command", PAGES_SOURCE)
        return [(url, title, status) for url, title, status in json.loads(shown)]

    def rows(self) -> dict[str, int]:
        """Stored rows of each of the profiler's tables."""
        path = self.folder / "shop-profiles.sqlite3"
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)
        try:
            names = connection.execute(
                "select name from sqlite_master where type = 'table'"
                " and name like 'django\\_profiler\\_%' escape '\\'"
            ).fetchall()
            return {
                name.removeprefix("django_profiler_"): connection.execute(
                    f'select count(*) from "{name}"'
                ).fetchone()[0]
                for (name,) in names
            }
        finally:
            connection.close()


class Server:
    """gunicorn with one kind of worker, on a port that was free."""

    def __init__(self, shop: Shop, kind: str, *, workers: int, threads: int, log: Path) -> None:
        self.kind = kind
        self.log = log
        command = [sys.executable, "-m", "gunicorn", "-c", str(PROJECT / "gunicorn.conf.py")]
        if kind == "asgi":
            command += ["-k", "asgi", "shop_project.asgi:application"]
        self._process = subprocess.Popen(
            command,
            env=shop.env(
                SHOP_BIND="127.0.0.1:0", SHOP_WORKERS=str(workers), SHOP_THREADS=str(threads)
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: list[str] = []
        self.port = self._read_port()
        self._reader = threading.Thread(target=self._read_on)
        self._reader.start()
        self._workers = workers

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        master = self._process.pid
        children = Path(f"/proc/{master}/task/{master}/children")
        return sorted(int(pid) for pid in children.read_text().split())

    def all_workers_are_up(self) -> bool:
        return len(self.workers()) == self._workers

    def stop(self) -> list[str]:
        """Ends it and tells what was wrong with how it ended or with what it wrote."""
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._reader.join()
        self.log.write_text("".join(self._lines), encoding="utf-8")
        signs = ("Fatal Python error", "django_profiler", "CRITICAL", "was sent SIG")
        bad = [line.strip() for line in self._lines if any(sign in line for sign in signs)]
        return ([f"{self.kind} ended with {status}"] if status else []) + bad[:20]

    def _read_port(self) -> int:
        for line in self._stderr:
            self._lines.append(line)
            if found := LISTENING.search(line):
                return int(found[1])
        raise SystemExit("gunicorn did not start:\n" + "".join(self._lines))

    def _read_on(self) -> None:
        self._lines.extend(self._stderr)

    @property
    def _stderr(self) -> Any:
        assert self._process.stderr is not None
        return self._process.stderr
