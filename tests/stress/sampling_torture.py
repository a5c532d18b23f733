# SPDX-License-Identifier: MIT
"""The sampling engine under everything that makes and unmakes what its signal handler reads.

    sampling_torture.py [--seconds N] [--interval SECONDS] [--seed N] [--only FLOW,..] [--without FLOW,..]

Threads and tasks begin and end sessions all the time, and run code that is made, called once and dropped. After
each session every name of its profile must be one that really ran in it, below its caller, and the laws of all
profiles must hold. A crash ends the program as crashes do; what else is wrong is printed, and the status is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import contextvars
import faulthandler
import gc
import os
import queue
import random
import sys
import threading
import time
import traceback
import types
import warnings
from collections.abc import Callable
from typing import Any

from torture_checks import Checker
from torture_code import FLOW, MADE, Flow, pair, run_made, work

import libprof

try:
    import greenlet  # type: ignore[import-untyped]
except ImportError:
    greenlet = None

#: A child of a fork that takes longer than this hangs.
CHILD_SECONDS = 60.0
#: Of all samples; the flows do what loses samples on purpose.
MAX_LOST_SHARE = 0.02


def on_the_stack() -> set[int]:
    found = set()
    frame: types.FrameType | None = sys._getframe()
    while frame is not None:
        made = MADE.match(frame.f_code.co_filename)
        if made is not None:
            found.add(int(made["number"]))
        frame = frame.f_back
    return found


class Torture:
    def __init__(self, seconds: float, interval: float, seed: int) -> None:
        self.interval = interval
        self.seed = seed
        self.end = time.monotonic() + seconds
        self.checker = Checker()
        self.to_stop: queue.SimpleQueue[tuple[libprof.Profiler, set[int]] | None]
        self.to_stop = queue.SimpleQueue()

    def goes_on(self) -> bool:
        return time.monotonic() < self.end and len(self.checker.wrong) < 20

    def profiler(self, source: random.Random) -> libprof.Profiler:
        interval = self.interval * source.choice((1, 1, 1, 2, 10))
        return libprof.Profiler("sample", interval=interval, max_nodes=20_000)

    def check(
        self, profile: libprof.Profile, ran: set[int], *, alone: bool = False, loses: bool = False
    ) -> None:
        contextvars.Context().run(self.checker.check, profile, ran, alone=alone, loses=loses)

    def begin(self, source: random.Random) -> tuple[libprof.Profiler, set[int]]:
        ran = on_the_stack()
        FLOW.set(Flow(ran))
        return self.profiler(source).start(), ran

    # Each of these is one round of a flow, in a context of its own.

    def sessions(self, source: random.Random) -> None:
        profiler, ran = self.begin(source)
        work(source, source.choice((0, 0.002, 0.05, 0.2)))
        self.check(profiler.stop(), ran)

    def nested(self, source: random.Random) -> None:
        profiler, ran = self.begin(source)
        work(source, 0.01)
        contextvars.copy_context().run(self.sessions, source)
        inner, inner_ran = self.begin(source)
        work(source, 0.02)
        if source.random() < 0.5:  # the outer one ends first
            self.check(profiler.stop(), ran)
            work(source, 0.01)
            self.check(inner.stop(), inner_ran)
            return
        self.check(inner.stop(), inner_ran)
        FLOW.set(Flow(ran))
        work(source, 0.02)
        self.check(profiler.stop(), ran)

    def alone(self, source: random.Random) -> None:
        """Nothing runs side by side in it, so its times add up to what passed."""
        profiler, ran = self.begin(source)
        for _ in range(source.randrange(30)):
            run_made(source, time.monotonic)
        self.check(profiler.stop(), ran, alone=True)

    def stopped_elsewhere(self, source: random.Random) -> None:
        profiler, ran = self.begin(source)
        work(source, 0.01)
        self.to_stop.put((profiler, ran))
        while profiler.running:
            work(source, 0.002)
        work(source, 0.002)

    def waits(self, source: random.Random) -> None:
        """Watched, and stopped by another thread meanwhile."""
        profiler, ran = self.begin(source)
        self.to_stop.put((profiler, ran))
        while profiler.running:
            time.sleep(source.choice((0.001, 0.003, 0.01)))
            run_made(source, int)

    def attached(self, source: random.Random) -> None:
        profiler, ran = self.begin(source)

        def helper() -> None:
            def joined() -> None:
                FLOW.set(Flow(ran))
                with contextlib.suppress(RuntimeError):  # it may be over
                    profiler.attach()
                work(random.Random(), 0.02)
                if source.random() < 0.5:
                    profiler.detach()

            for _ in range(3):
                contextvars.Context().run(joined)

        threads = [threading.Thread(target=helper) for _ in range(2)]
        for thread in threads:
            thread.start()
        work(source, 0.05)
        self.check(profiler.stop(), ran)
        for thread in threads:
            thread.join()

    def dropped(self, source: random.Random) -> None:
        """Nobody stops the session; it ends with the context that knows it."""
        self.begin(source)
        work(source, 0.01)

    def churn(self, source: random.Random) -> None:
        """No session: threads that come and go, garbage, code."""
        threads = [
            threading.Thread(target=contextvars.Context().run, args=(work, random.Random(), 0.01))
            for _ in range(source.randrange(1, 6))
        ]
        for thread in threads:
            thread.start()
        gc.collect()
        for thread in threads:
            thread.join()

    def tasks(self, source: random.Random) -> None:
        asyncio.run(self.all_tasks(source))

    async def all_tasks(self, source: random.Random) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(source.randrange(2, 6)):
                group.create_task(self.task(source))

    async def task(self, source: random.Random) -> None:
        profiler, ran = self.begin(source)
        for _ in range(source.randrange(1, 20)):
            choice = source.random()
            if choice < 0.2:
                await asyncio.sleep(source.choice((0, 0, 0.001)))
            elif choice < 0.3:
                await asyncio.to_thread(run_made, random.Random(), int)
            elif choice < 0.4:
                await asyncio.gather(*(self.child(source) for _ in range(3)))
            elif choice < 0.5:
                outer, inner = pair(source)
                if outer.__code__.co_flags & 0x80:
                    await asyncio.create_task(outer(inner, int))
            else:
                run_made(source, int)
        self.check(profiler.stop(), ran)

    async def child(self, source: random.Random) -> None:
        run_made(source, int)
        await asyncio.sleep(0)
        run_made(source, int)

    def greenlets(self, source: random.Random) -> None:
        """Stacks of C are moved about; nested evaluation loops lie on them."""
        profiler, ran = self.begin(source)

        def switches(left: int) -> None:
            for _ in range(left):
                run_made(source, int)
                sorted(range(2), key=lambda n: deeper(source.randrange(4)) or n)

        def deeper(depth: int) -> int:
            if depth:
                return max(range(1), key=lambda n: deeper(depth - 1) or n)
            for _ in range(10):
                source.choice(others).switch()
            return 0

        others: list[Any] = []
        for _ in range(5):
            other = greenlet.greenlet(lambda: switches(5))
            other.gr_context = contextvars.copy_context()
            others.append(other)
        others.append(greenlet.getcurrent())
        deeper(2)
        while any(not other.dead for other in others[:-1]):
            next(other for other in others[:-1] if not other.dead).switch()
        self.check(profiler.stop(), ran, loses=True)

    def forks(self, source: random.Random) -> None:
        profiler, ran = self.begin(source)
        work(source, 0.005)
        child = os.fork()
        if child == 0:
            os._exit(self.in_child(source, profiler))
        deadline = time.monotonic() + CHILD_SECONDS
        while (found := os.waitpid(child, os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline:
                os.kill(child, 9)
            work(source, 0.005)
        if found[1]:
            self.checker.fail(
                f"the child of a fork ended with {os.waitstatus_to_exitcode(found[1])}"
            )
        self.check(profiler.stop(), ran)

    def in_child(self, source: random.Random, inherited: libprof.Profiler) -> int:
        self.checker = Checker()
        for member in vars(libprof.Profile).values():
            if hasattr(member, "lock"):  # 3.11: of a cached property; whoever had it is not here
                member.lock = threading.RLock()
        try:
            if inherited.running:
                return 11
            profiler, ran = self.begin(source)
            del inherited
            while profiler.running and time.process_time() < 0.02:
                run_made(source, int)
            profile = profiler.stop()
            self.check(profile, ran, alone=True)
        except BaseException:
            traceback.print_exc()
            return 12
        for text in self.checker.wrong:
            print("in a child:", text, file=sys.stderr)
        return 13 if self.checker.wrong else 0

    # ---- all of it ----

    def stopper(self) -> None:
        while (item := self.to_stop.get()) is not None:
            profiler, ran = item
            self.check(profiler.stop(), ran)

    def flow(self, number: int, round_: Callable[[random.Random], None]) -> None:
        source = random.Random(f"{self.seed} {number}")
        while self.goes_on():
            try:
                contextvars.Context().run(round_, source)
            except BaseException:
                self.checker.fail(traceback.format_exc())
                return

    def run(self, flows: list[str]) -> None:
        stopper = threading.Thread(target=self.stopper)
        stopper.start()
        threads = [
            threading.Thread(target=self.flow, args=(number, getattr(self, name)), name=name)
            for number, name in enumerate(flows)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.to_stop.put(None)
        stopper.join()

    def report(self) -> int:
        totals = self.checker.totals
        lost = totals["samples_lost"] / max(1, totals["samples"] + totals["samples_lost"])
        if lost > MAX_LOST_SHARE:
            self.checker.fail(f"{lost:.2%} of samples lost")
        for text in self.checker.wrong[:20]:
            print("WRONG:", text)
        facts = ", ".join(f"{name} {count}" for name, count in totals.items())
        print(f"{sys.version.split()[0]}: {facts}, lost {lost:.3%}")
        print(f"{len(self.checker.wrong)} wrong, seed {self.seed}", flush=True)
        return 1 if self.checker.wrong else 0


FLOWS = (
    "sessions",
    "sessions",
    "nested",
    "alone",
    "stopped_elsewhere",
    "waits",
    "attached",
    "dropped",
    "churn",
    "tasks",
    "tasks",
    "greenlets",
    "forks",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--interval", type=float, default=0.0001)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--only", default=",".join(FLOWS), help="flows, separated by commas")
    parser.add_argument("--without", default="", help="flows, separated by commas")
    options = parser.parse_args()
    without = set(options.without.split(","))
    if greenlet is None:
        without.add("greenlets")
    flows = [name for name in options.only.split(",") if name not in without]
    faulthandler.enable()
    faulthandler.dump_traceback_later(options.seconds * 3 + 120, exit=True)
    warnings.simplefilter("ignore", DeprecationWarning)  # forks of programs with threads
    sys.setswitchinterval(0.0005)
    sys.setrecursionlimit(10_000)
    torture = Torture(options.seconds, options.interval, options.seed)
    torture.run(flows)
    return torture.report()


if __name__ == "__main__":
    sys.exit(main())
