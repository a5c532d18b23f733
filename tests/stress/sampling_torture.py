# SPDX-License-Identifier: MIT
"""The sampling engine under everything that makes and unmakes what its signal handler reads.

    sampling_torture.py [--seconds N] [--interval SECONDS] [--seed N] [--only FLOW,..] [--without FLOW,..]

Threads and tasks begin and end sessions all the time, and run code that is made, called once and dropped. After
each session every name of its profile must be one that really ran in it, below its caller, and the laws of all
profiles must hold. A crash ends the program as crashes do; what else is wrong is printed, and the status is 1.
"""

from __future__ import annotations

import _imp
import argparse
import asyncio
import contextlib
import contextvars
import faulthandler
import gc
import hashlib
import itertools
import os
import queue
import random
import re
import sys
import threading
import time
import traceback
import types
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

import laws

import libprof

try:
    import greenlet  # type: ignore[import-untyped]
except ImportError:
    greenlet = None

#: A child of a fork that takes longer than this hangs.
CHILD_SECONDS = 60.0
#: Of all samples; the flows do what loses samples on purpose.
MAX_LOST_SHARE = 0.02
#: Frames without a file: dataclasses, enums and named tuples of the standard library make code, too.
MADE_ELSEWHERE = ("<string>", "<__array_function__ internals>")

#: What these are called as frozen modules.
FROZEN = {
    "importlib._bootstrap": "_frozen_importlib",
    "importlib._bootstrap_external": "_frozen_importlib_external",
}

Step = Callable[[], object]


# ---- code that is made and dropped ------------------------------------------------------------------


def spin(step: Step) -> None:
    for _ in range(12):
        step()


def outer_plain(inner: Callable[[Step], object], step: Step) -> object:
    for _ in range(12):
        step()
    inner(step)
    return inner(step)


def outer_closed(inner: Callable[[Step], object], step: Step, *rest: int, **more: int) -> object:
    try:
        inner(step)
        raise KeyError(rest, more)
    except KeyError:
        return inner(step)


def outer_generator(inner: Callable[[Step], object], step: Step) -> Iterator[object]:
    for _ in range(3):
        yield inner(step)
        step()


async def outer_coroutine(inner: Callable[[Step], object], step: Step) -> object:
    inner(step)
    await pause()
    return inner(step)


def inner_plain(step: Step) -> None:
    for _ in range(12):
        step()


def inner_sorts(step: Step) -> None:
    for _ in range(4):
        step()
    sorted(range(6), key=lambda n: -n)


def inner_large(step: Step) -> list[int]:
    a = b = c = d = e = f = g = h = 0
    for _ in range(8):
        step()
        a, b, c, d, e, f, g, h = b, c, d, e, f, g, h, a + 1
    return [a, b, c, d, e, f, g, h, *range(20)]


@types.coroutine
def pause() -> Generator[None, None, None]:
    yield


OUTERS = (outer_plain, outer_closed, outer_generator, outer_coroutine)
INNERS = (inner_plain, inner_sorts, inner_large)

#: Text of one, two and four bytes a character, and none but ASCII.
LETTERS = ("f", "é", "ж", "𐍈")
MADE = re.compile(r"^(?P<letter>[féж𐍈])en_(?P<number>\d+)\.py$")

numbers = itertools.count(1)


def make(number: int, letter: str, part: str, template: Any) -> Any:
    """A copy of the function whose name, file and line all say the number."""
    code = template.__code__.replace(
        co_name=f"{letter}_{part}_{number}",
        co_qualname=f"{letter}_{part}_{number}",
        co_filename=f"{letter}en_{number}.py",
        co_firstlineno=number,
    )
    return types.FunctionType(code, template.__globals__, closure=template.__closure__)


def compiled(number: int, letter: str, part: str) -> Any:
    names: dict[str, Any] = {}
    lines = "\n" * (number % 50)
    text = f"def {letter}_{part}_{number}(step):\n for _ in range(12): step()\n"
    exec(compile(lines + text, f"{letter}en_{number}.py", "exec"), names)
    made = names[f"{letter}_{part}_{number}"]
    made.__code__ = made.__code__.replace(co_firstlineno=number)
    return made


class Flow:
    """What ran in the innermost session of a context, by number."""

    def __init__(self, ran: set[int]) -> None:
        self.ran = ran


FLOW: contextvars.ContextVar[Flow] = contextvars.ContextVar("flow")


def pair(source: random.Random) -> tuple[Any, Any]:
    number = next(numbers)
    letter = source.choice(LETTERS)
    flow = FLOW.get(None)
    if flow is not None:
        flow.ran.add(number)
    inner = (
        compiled(number, letter, "inner")
        if source.random() < 0.05
        else make(number, letter, "inner", source.choice(INNERS))
    )
    return make(number, letter, "outer", source.choice(OUTERS)), inner


def run_made(source: random.Random, step: Step) -> None:
    outer, inner = pair(source)
    result = outer(inner, step)
    if isinstance(result, types.GeneratorType):
        if source.random() < 0.2:
            next(result)
            result.close()
        else:
            list(result)
    elif isinstance(result, types.CoroutineType):
        with contextlib.suppress(StopIteration):
            while True:
                result.send(None)


# ---- work -------------------------------------------------------------------------------------------


class Finalised:
    def __del__(self) -> None:
        recursion(3, int)


class Cycle:
    def __init__(self) -> None:
        self.me = self
        self.code = make(next(numbers), "f", "unused", inner_plain)

    def __del__(self) -> None:
        recursion(2, int)


def recursion(depth: int, step: Step) -> int:
    if depth:
        return recursion(depth - 1, step)
    step()
    return 0


def generators(depth: int) -> Iterator[int]:
    if depth:
        yield from generators(depth - 1)
    yield depth


async def coroutines(depth: int) -> int:
    if depth:
        return await coroutines(depth - 1)
    await pause()
    return 0


def exceptions(depth: int) -> None:
    try:
        if depth:
            exceptions(depth - 1)
        else:
            raise KeyError
    finally:
        Finalised()


def caught(depth: int) -> None:
    with contextlib.suppress(KeyError):
        exceptions(depth)


VARIABLES = [contextvars.ContextVar[int](f"variable_{number}") for number in range(100)]


def set_variables(source: random.Random, step: Step) -> None:
    for variable in source.sample(VARIABLES, source.choice((1, 2, 15, 16, 17, 40, 100))):
        variable.set(source.randrange(1000))
        step()
    run_made(source, step)


def variables(source: random.Random, step: Step) -> None:
    contextvars.copy_context().run(set_variables, source, step)
    variable = source.choice(VARIABLES)
    token = variable.set(1)
    run_made(source, step)
    variable.reset(token)


def elsewhere(source: random.Random, step: Step) -> None:
    """In a context that is in no session: nothing of it may show."""
    contextvars.Context().run(run_made, source, step)


def callbacks(source: random.Random, step: Step) -> None:
    sorted(range(5), key=lambda n: recursion(n, step) or n)
    list(map(recursion, range(3), [step] * 3))


def drive(coroutine: types.CoroutineType[Any, Any, Any]) -> None:
    with contextlib.suppress(StopIteration):
        while True:
            coroutine.send(None)


def short_thread(source: random.Random, step: Step) -> None:
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run_made, random.Random(), step))
    thread.start()
    run_made(source, step)
    thread.join()


def without_lock(source: random.Random, step: Step) -> None:
    hashlib.sha256(b"x" * 50_000).digest()
    time.sleep(source.choice((0, 0.0002, 0.001)))
    step()


def chunk_ends(source: random.Random, step: Step) -> None:
    for depth in range(source.randrange(4), 160, 4):
        recursion(depth, step)


WORK: list[tuple[int, Callable[[random.Random, Step], object]]] = [
    (30, run_made),
    (6, variables),
    (3, elsewhere),
    (3, callbacks),
    (2, chunk_ends),
    (2, without_lock),
    (2, lambda source, step: [Cycle() for _ in range(3)]),
    (2, lambda source, step: recursion(source.randrange(60), step)),
    (1, lambda source, step: recursion(source.choice((300, 1010, 1030, 1500)), step)),
    (2, lambda source, step: list(generators(source.randrange(20)))),
    (2, lambda source, step: drive(coroutines(source.randrange(30)))),  # type: ignore[arg-type]
    (2, lambda source, step: caught(source.randrange(25))),
    (1, lambda source, step: gc.collect(source.randrange(3))),
    (1, short_thread),
]
WEIGHTS = [weight for weight, _ in WORK]


def work(source: random.Random, seconds: float) -> None:
    end = time.monotonic() + seconds
    step = source.choice((int, time.monotonic, lambda: None, lambda: recursion(2, int)))
    while time.monotonic() < end:
        _, function = source.choices(WORK, WEIGHTS)[0]
        function(source, step)


# ---- checks -----------------------------------------------------------------------------------------


class Known:
    """Which names a file has, by its source."""

    def __init__(self) -> None:
        self.files: dict[str, set[tuple[str, int]]] = {}

    def __call__(self, frame: libprof.Frame) -> bool:
        if frame.file not in self.files:
            self.files[frame.file] = names_of(frame.file)
        return (frame.name, frame.line) in self.files[frame.file]


def names_of(file: str) -> set[tuple[str, int]]:
    if file.startswith("<frozen "):
        module = file[len("<frozen ") : -1]
        codes = [_imp.get_frozen_object(FROZEN.get(module, module))]
    else:
        codes = [compile(Path(file).read_bytes(), file, "exec", dont_inherit=True)]
    found = set()
    while codes:
        code = codes.pop()
        found.add((code.co_qualname, code.co_firstlineno))
        codes += [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return found


class Checker:
    def __init__(self) -> None:
        self.known = Known()
        self.wrong: list[str] = []
        self.totals: Counter[str] = Counter()
        self.lock = threading.Lock()

    def check(self, profile: libprof.Profile, ran: set[int], *, alone: bool, loses: bool) -> None:
        """`alone`: nothing of the session ran side by side. `loses`: its lost samples do not count."""
        problems = [self.wrong_name(frame, ran) for frame in profile.frames]
        problems += [self.wrong_path(node) for node in laws.walk(profile.root)]
        try:
            laws.check_tree(profile)
            check_times(profile, alone=alone)
        except AssertionError:
            problems.append(traceback.format_exc())
        with self.lock:
            self.wrong += [problem for problem in problems if problem]
            self.totals["sessions"] += 1
            self.totals["frames"] += len(profile.frames)
            for name in ("samples", "samples_lost", "samples_late", "too_deep", "hooks_lost"):
                self.totals["of greenlets: " * loses + name] += profile.counters[name]

    def wrong_name(self, frame: libprof.Frame, ran: set[int]) -> str:
        if frame.kind != "python":
            known = frame.kind in ("root", "overflow", "gc")
            return "" if known else f"strange kind: {frame}"
        made = MADE.match(frame.file)
        if made is None:
            if frame.file in MADE_ELSEWHERE or self.known(frame):
                return ""
            return f"there is no such code: {frame}"
        number = int(made["number"])
        if frame.name == "<module>":  # of what is compiled
            return "" if frame.line <= 1 and number in ran else f"did not run: {frame}"
        names = {f"{made['letter']}_{part}_{number}" for part in ("inner", "outer")}
        if frame.name not in names or frame.line != number:
            return f"name, file and line do not belong together: {frame}"
        return "" if number in ran else f"did not run in the session: {frame}"

    def wrong_path(self, node: libprof.Node) -> str:
        for child in node.children:
            made = MADE.match(child.frame.file)
            if made is None or "_inner_" not in child.frame.name:
                continue
            if node.frame.kind != "overflow" and node.frame.file != child.frame.file:
                return f"{child.frame} below {node.frame}"
        return ""

    def fail(self, text: str) -> None:
        with self.lock:
            self.wrong.append(text)


def check_times(profile: libprof.Profile, *, alone: bool) -> None:
    assert profile.root.calls == 1
    nodes = list(laws.walk(profile.root))
    for node in nodes:
        assert node is profile.root or node.self_cpu_ns <= node.self_wall_ns, node
    # Those in the profiler's own code are in no node.
    assert sum(node.samples for node in nodes) <= profile.counters["samples"]
    if alone:
        slack = laws.CLOCK_ERROR_NS + laws.CLOCK_ERROR * profile.raw_wall_ns
        total = profile.root.total_wall_ns
        assert total <= profile.raw_wall_ns + slack, f"{total} of {profile.raw_wall_ns} ns"


# ---- sessions ---------------------------------------------------------------------------------------


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
