# SPDX-License-Identifier: MIT
"""The example shop under concurrent load, part of it profiled: nothing may grow, nothing may fail.

    soak.py [--minutes N] [--folder FOLDER] [--no-profiles]

Threads and asyncio serve at once. After a warm-up the memory, open files and threads of each worker
are looked at every few seconds, and the rows of the store.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import soak_load
from soak_limits import MAX_ROWS, SERVERS, WORKERS
from soak_load import Client, Tally
from soak_measure import Usage, look, trend
from soak_shop import Server, Shop

CLIENTS_PER_SERVER = 3
SAMPLE_SECONDS = 2.0
#: Caches, lazy imports and the allocator's pools fill up in this share of the time.
WARM_UP = 0.3
#: What may come on top of the warm level: (share of it, at least so much).
BOUNDS = {"rss": (0.05, 5.0), "fds": (0.1, 3.0), "threads": (0.0, 1.0)}
#: Objects and blocks of memory that may come on top, as a share; warm, some requests are under way.
OBJECTS_SHARE = 0.03
#: Counters of django_profiler that must stay at zero.
ERRORS = (
    "lost",
    "store failed",
    "pruning failed",
    "errors inside",
    "profiler failed",
    "session limit",
)


class Soak:
    def __init__(self, folder: Path, minutes: float) -> None:
        self.folder = folder
        self.seconds = minutes * 60
        self.shop = Shop(folder)
        self.tally = Tally()
        self.usage: dict[tuple[str, int], list[Usage]] = {}
        self.rows: list[tuple[float, dict[str, int]]] = []
        self.wrong: list[str] = []
        self.warm: dict[int, dict[str, Any]] = {}  # what the workers are like inside, once warm
        self.inside: dict[int, dict[str, Any]] = {}  # and in the end

    def run(self) -> None:
        self.shop.prepare()
        pages, token = self.shop.pages(), self.shop.token()
        self.servers = [
            Server(self.shop, kind, workers=WORKERS, threads=4, log=self.folder / f"{kind}.log")
            for kind in SERVERS
        ]
        clients = [
            Client(server.port, server.kind, pages, token, self.tally, number)
            for server in self.servers
            for number in range(CLIENTS_PER_SERVER)
        ]
        try:
            self.wait_for_workers()
            self.load(clients)
            self.inside = self.look_inside()
        finally:
            for server in self.servers:
                self.wrong += server.stop()

    def load(self, clients: list[Client]) -> None:
        for client in clients:
            client.start()
        try:
            self.watch()
        finally:
            for client in clients:
                client.stop()
            for client in clients:
                client.join()

    def wait_for_workers(self) -> None:
        while not all(server.all_workers_are_up() for server in self.servers):
            time.sleep(0.1)
        self.pids = {server.kind: server.workers() for server in self.servers}

    def look_inside(self) -> dict[int, dict[str, Any]]:
        found = {}
        for server in self.servers:
            found |= look_inside(server)
        return found

    def watch(self) -> None:
        begin = time.monotonic()
        told = 0.0
        while (seconds := time.monotonic() - begin) < self.seconds:
            self.sample(seconds)
            if not self.warm and seconds >= WARM_UP * self.seconds:
                self.warm = self.look_inside()
            if seconds - told >= 60:
                told = seconds
                self.tell(seconds)
            time.sleep(SAMPLE_SECONDS)

    def sample(self, seconds: float) -> None:
        for server in self.servers:
            pids = server.workers()
            if pids != self.pids[server.kind]:
                raise SystemExit(f"a worker of {server.kind} died: {self.pids[server.kind]} {pids}")
            for pid in pids:
                self.usage.setdefault((server.kind, pid), []).append(look(pid, seconds))
        self.rows.append((seconds, self.shop.rows()))

    def tell(self, seconds: float) -> None:
        latest = ", ".join(f"{kind} {looks[-1].rss:.1f}" for (kind, _), looks in self.usage.items())
        print(
            f"{seconds / 60:5.0f} min  {sum(self.tally.answers.values()):7} answers  MiB: {latest}"
            f"  rows: {self.rows[-1][1].get('profile', 0)}",
            flush=True,
        )

    def keep_samples(self) -> None:
        with (self.folder / "samples.tsv").open("w", encoding="utf-8") as file:
            print("worker", "pid", "seconds", "rss", "fds", "threads", sep="\t", file=file)
            for (kind, pid), looks in self.usage.items():
                for use in looks:
                    print(kind, pid, *vars(use).values(), sep="\t", file=file)

    def report(self) -> int:
        self.keep_samples()
        self.report_usage()
        self.report_objects()
        self.report_rows()
        self.report_counters()
        print(
            "answers:", ", ".join(f"{n} {name}" for name, n in sorted(self.tally.answers.items()))
        )
        self.wrong += [f"{n} × {text}" for text, n in Counter(self.tally.wrong).most_common(20)]
        for text in self.wrong:
            print(f"FAILED: {text}")
        print(f"soak: {self.seconds / 60:.0f} minutes, {len(self.wrong)} failures")
        return 1 if self.wrong else 0

    def report_usage(self) -> None:
        print(f"\n{'worker':18} {'what':8} {'warm level':>10} {'growth':>8} {'allowed':>8}")
        for (kind, pid), looks in self.usage.items():
            warm = [use for use in looks if use.seconds >= WARM_UP * self.seconds]
            for name, (share, least) in BOUNDS.items():
                points = [(use.seconds, getattr(use, name)) for use in warm]
                found = trend(points, share=share, least=least)
                print(
                    f"{kind:10} {pid:7} {name:8} {found.median:10.1f} {found.growth:+8.2f}"
                    f" {found.allowed:8.2f}"
                )
                if found.grows:
                    self.wrong.append(f"{name} of {kind} {pid} grows by {found.growth:.1f}")

    def report_objects(self) -> None:
        """Nobody asks for anything in the end, so what is there stays."""
        for pid, after in self.inside.items():
            before = self.warm[pid]
            for name in ("objects", "blocks"):
                growth = after[name] - before[name]
                print(f"{name} of {pid}: {before[name]} when warm, {growth:+} at the end")
                if growth > OBJECTS_SHARE * before[name]:
                    self.wrong.append(f"{name} of {pid} grow by {growth}")

    def report_rows(self) -> None:
        late = [rows for seconds, rows in self.rows if seconds >= WARM_UP * self.seconds]
        for name in sorted(late[-1]):
            values = [rows.get(name, 0) for rows in late]
            print(f"rows of {name}: median {statistics.median(values):.0f}, most {max(values)}")
        most = max(rows.get("profile", 0) for rows in late)
        if most > MAX_ROWS:
            self.wrong.append(f"{most} stored profiles, where {MAX_ROWS} are the most")

    def report_counters(self) -> None:
        total: Counter[str] = Counter()
        for facts in self.inside.values():
            total.update(facts["counters"])
            for name in ("running_sessions", "session_objects"):
                if facts[name]:
                    self.wrong.append(f"{facts[name]} {name} of {facts['pid']} when all is quiet")
            if not facts["at_rest"]:
                self.wrong.append(f"the recorder of {facts['pid']} does not come to rest")
        print("counters:", ", ".join(f"{name} {count}" for name, count in sorted(total.items())))
        self.wrong += [
            f"counter {name!r} is {count}"
            for name, count in total.items()
            if count and any(sign in name for sign in ERRORS)
        ]
        stored = total["stored"] + total["stored from the spool"]
        if stored < total["profiled"]:
            self.wrong.append(f"{total['profiled']} were profiled and {stored} stored")


def look_inside(server: Server) -> dict[int, dict[str, Any]]:
    """Facts of each worker; which of them answers is a matter of luck, so many are asked."""
    found: dict[int, dict[str, Any]] = {}
    wanted = set(server.workers())
    deadline = time.monotonic() + 120
    while set(found) != wanted and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        connection.request("GET", "/soak/inside/", headers={"Connection": "close"})
        facts = json.loads(connection.getresponse().read())
        connection.close()
        found[facts["pid"]] = facts
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--no-profiles", action="store_true", help="the same load, to compare with")
    options = parser.parse_args()
    if options.no_profiles:
        soak_load.PROFILED_SHARE = 0.0
    with tempfile.TemporaryDirectory(prefix="libprof-soak-") as folder:
        soak = Soak((options.folder or Path(folder)).resolve(), options.minutes)
        soak.folder.mkdir(parents=True, exist_ok=True)
        soak.run()
        return soak.report()


if __name__ == "__main__":
    sys.exit(main())
