# SPDX-License-Identifier: MIT
"""Sessions side by side that do everything at once: each has exactly the calls that were made for it."""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import libprof
from tests.python.helpers import calls_of
from tests.python.marks import mark, marks

#: What a flow does, one step after the other: ("mark",), ("pause",) or (how, plan) for flows of its own.
Plan = list[tuple[Any, ...]]

STEPS = (
    *("await", "nested", "task", "eager", "gather", "group", "outside", "to_thread", "executor"),
    *("asgiref", "generator", "closed"),
)
SYNC_STEPS = ("call", "nested", "context", "outside", "pool", "asgiref")


def plans(inner: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    leaf = st.sampled_from([("mark",), ("pause",)])
    return st.lists(leaf | st.tuples(st.sampled_from(STEPS), inner), min_size=1, max_size=4)


PLANS = st.recursive(plans(st.just([("mark",), ("pause",), ("mark",)])), plans, max_leaves=10)


class Flow:
    """One session and what it has to hold. Steps alternate between kinds of flows as they nest."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.number = len(world.flows)
        self.own = mark(f"mark-{self.number}")
        self.calls = 0
        self.profile: libprof.Profile | None = None
        world.flows.append(self)

    def mark(self) -> None:
        self.calls += 1
        self.own()

    async def session(self, plan: Plan) -> None:
        with libprof.Profiler() as profiler:
            await self.run(plan)
        self.profile = profiler.profile

    def sync_session(self, plan: Plan) -> None:
        with libprof.Profiler() as profiler:
            self.run_sync(plan)
        self.profile = profiler.profile

    async def run(self, plan: Plan) -> None:
        for how, *rest in plan:
            await getattr(self, f"do_{how}")(*rest)

    def run_sync(self, plan: Plan) -> None:
        """Here the same plans stand for what can be done without a loop."""
        for how, *rest in plan:
            if how in ("mark", "pause"):
                self.mark()
            else:
                other = SYNC_STEPS[STEPS.index(how) % len(SYNC_STEPS)]
                getattr(self, f"sync_{other}")(*rest)

    async def do_mark(self) -> None:
        self.mark()

    async def do_pause(self) -> None:
        await asyncio.sleep(0)

    async def do_await(self, plan: Plan) -> None:
        await self.run(plan)
        self.mark()

    async def do_nested(self, plan: Plan) -> None:
        await Flow(self.world).session(plan)
        self.mark()

    async def do_task(self, plan: Plan) -> None:
        task = asyncio.create_task(self.run(plan))
        self.mark()
        await task

    async def do_eager(self, plan: Plan) -> None:
        kind = {"eager_start": True} if sys.version_info >= (3, 12) else {}
        loop = asyncio.get_running_loop()
        await asyncio.Task(self.run(plan), loop=loop, **kind)
        self.mark()

    async def do_gather(self, plan: Plan) -> None:
        await asyncio.gather(self.run(plan), self.do_pause(), self.run(plan))
        self.mark()

    async def do_group(self, plan: Plan) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.run(plan))
            group.create_task(self.do_mark())
        self.mark()

    async def do_outside(self, plan: Plan) -> None:
        """A task that leaves the session: what it does is nobody's."""
        nobody = Flow(self.world)
        await asyncio.create_task(nobody.run(plan), context=contextvars.Context())
        self.mark()

    async def do_to_thread(self, plan: Plan) -> None:
        await asyncio.to_thread(self.run_sync, plan)
        self.mark()

    async def do_executor(self, plan: Plan) -> None:
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        inside = loop.run_in_executor(self.world.pool, context.run, self.run_sync, plan)
        outside = loop.run_in_executor(None, contextvars.Context().run, mark("mark-nobody"))
        self.mark()
        await inside
        await outside

    async def do_asgiref(self, plan: Plan) -> None:
        await sync_to_async(self.run_sync, thread_sensitive=len(plan) % 2 == 0)(plan)
        self.mark()

    async def do_generator(self, plan: Plan) -> None:
        async for _ in self.items(plan):
            self.mark()

    async def do_closed(self, plan: Plan) -> None:
        items = self.items(plan)
        await asyncio.create_task(anext_of(items))
        await items.aclose()
        self.mark()

    async def items(self, plan: Plan) -> Any:
        try:
            for _ in range(2):
                await self.run(plan)
                yield 1
        finally:
            await asyncio.sleep(0)
            self.mark()

    def sync_call(self, plan: Plan) -> None:
        self.run_sync(plan)
        self.mark()

    def sync_nested(self, plan: Plan) -> None:
        Flow(self.world).sync_session(plan)
        self.mark()

    def sync_context(self, plan: Plan) -> None:
        contextvars.copy_context().run(self.run_sync, plan)
        self.mark()

    def sync_outside(self, plan: Plan) -> None:
        contextvars.Context().run(Flow(self.world).run_sync, plan)
        self.mark()

    def sync_pool(self, plan: Plan) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(contextvars.copy_context().run, self.run_sync, plan).result()
        self.mark()

    def sync_asgiref(self, plan: Plan) -> None:
        async_to_sync(self.run)(plan)
        self.mark()


async def anext_of(items: Any) -> Any:
    return await anext(items)


class World:
    """All flows of one run; those that are outside of sessions have no profile."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool
        self.flows: list[Flow] = []

    async def run(self, plan: Plan) -> None:
        await asyncio.gather(*(Flow(self).session(plan) for _ in range(2)))

    def check(self) -> None:
        seen = 0
        for flow in self.flows:
            if flow.profile is not None:
                found = {n: calls_of(flow.profile, n) for n in marks(flow.profile)}
                assert found == ({f"mark-{flow.number}": flow.calls} if flow.calls else {})
                seen += 1
        assert seen >= 2


#: The same plans every time.
chosen = settings(
    max_examples=int(os.environ.get("PROF_EXAMPLES", "25")),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@chosen
@given(plan=PLANS)
def test_sessions_of_one_loop(plan: Plan) -> None:
    with ThreadPoolExecutor(8) as pool:
        world = World(pool)
        asyncio.run(world.run(plan))

    world.check()


@chosen
@given(plan=PLANS)
def test_sessions_of_threads_each_with_a_loop(plan: Plan) -> None:
    with ThreadPoolExecutor(16) as pool, ThreadPoolExecutor(3) as threads:
        worlds = [World(pool) for _ in range(3)]
        for done in [threads.submit(asyncio.run, world.run(plan)) for world in worlds]:
            done.result()

    for world in worlds:
        world.check()


@chosen
@given(plan=PLANS)
def test_sessions_of_threads_without_a_loop(plan: Plan) -> None:
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(3) as threads:
        worlds = [World(pool) for _ in range(3)]

        def sessions(world: World) -> None:
            for _ in range(2):
                Flow(world).sync_session(plan)

        list(threads.map(sessions, worlds))

    for world in worlds:
        world.check()
