# SPDX-License-Identifier: MIT
"""A profile holds the work of its own context and nothing else."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import types
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import greenlet
import pytest
from asgiref.sync import async_to_sync, sync_to_async

import libprof
from tests.python.helpers import check_tree, names, nodes_named, outline, profile_of


def mark(name: str) -> Callable[[], None]:
    """A function of its own with this name: where it shows, its caller's work went."""

    def marked() -> None:
        len(name)

    code = marked.__code__.replace(co_name=name, co_qualname=name)
    return types.FunctionType(code, globals(), name, None, marked.__closure__)


def marks(profile: libprof.Profile) -> set[str]:
    check_tree(profile)
    return {name for name in names(profile) if name.startswith("mark-")}


def lines(profile: libprof.Profile) -> list[str]:
    check_tree(profile)
    shown = outline(profile.root, of_file=__file__)
    return [line.replace("<locals>.", "") for line in shown]


# ---- threads ---------------------------------------------------------------------------------------


def test_sessions_in_threads_hold_their_own_functions() -> None:
    barrier = threading.Barrier(8)
    profiles: dict[int, libprof.Profile] = {}

    def work(number: int) -> None:
        own, shared = mark(f"mark-{number}"), mark("mark-shared")
        barrier.wait()
        with libprof.Profiler() as profiler:
            for _ in range(200):
                own()
                shared()
                barrier.wait() if _ % 50 == 0 else None
        profiles[number] = profiler.profile

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for number, profile in profiles.items():
        assert marks(profile) == {f"mark-{number}", "mark-shared"}
        for name in marks(profile):
            assert sum(node.calls for node in nodes_named(profile, name)) == 200
    assert len(profiles) == 8


def test_threads_outside_never_enter_a_tree() -> None:
    foreign, own = mark("mark-foreign"), mark("mark-own")
    running, stop = threading.Event(), threading.Event()

    def work() -> None:
        while not stop.is_set():
            foreign()
            running.set()

    thread = threading.Thread(target=work)
    thread.start()
    with libprof.Profiler() as profiler:
        running.clear()
        assert running.wait(10)
        for _ in range(2000):
            own()
    stop.set()
    thread.join()

    assert marks(profiler.profile) == {"mark-own"}


def test_a_thread_that_starts_during_a_session_is_outside() -> None:
    own = mark("mark-own")

    def work() -> None:
        own()
        thread = threading.Thread(target=contextvars.Context().run, args=(mark("mark-foreign"),))
        thread.start()
        thread.join()

    assert marks(profile_of(work)) == {"mark-own"}


def test_executor_under_a_copied_context_is_inside() -> None:
    inside, outside = mark("mark-inside"), mark("mark-outside")

    with ThreadPoolExecutor(1) as pool, libprof.Profiler() as profiler:
        pool.submit(contextvars.copy_context().run, inside).result()
        pool.submit(contextvars.Context().run, outside).result()
        pool.submit(contextvars.copy_context().run, inside).result()

    assert marks(profiler.profile) == {"mark-inside"}
    assert lines(profiler.profile) == ["mark-inside 2"]


def test_many_threads_of_one_session_at_once() -> None:
    barrier = threading.Barrier(4)
    work = mark("mark-work")

    def loop() -> None:
        barrier.wait()
        for _ in range(500):
            work()

    with ThreadPoolExecutor(4) as pool, libprof.Profiler() as profiler:
        list(
            pool.map(
                lambda context: context.run(loop), [contextvars.copy_context() for _ in "1234"]
            )
        )

    assert lines(profiler.profile)[-2:] == [
        "test_many_threads_of_one_session_at_once.loop 4",
        "  mark-work 2000",
    ]


def test_stop_in_another_thread() -> None:
    profiler = libprof.Profiler()
    late = mark("mark-late")

    def work() -> None:
        mark("mark-own")()
        thread = threading.Thread(target=profiler.stop)
        thread.start()
        thread.join()
        late()

    profiler.start()
    work()
    late()

    assert marks(profiler.profile) == {"mark-own"}
    with pytest.raises(RuntimeError, match="not running"):
        profiler.stop()
    # The context still names the ended session; the next one is not disturbed.
    assert marks(profile_of(late)) == {"mark-late"}


# ---- tasks -----------------------------------------------------------------------------------------


def test_sessions_of_one_loop_hold_their_own_tasks() -> None:
    async def work(number: int) -> libprof.Profile:
        own = mark(f"mark-{number}")
        with libprof.Profiler() as profiler:
            for _ in range(20):
                own()
                await asyncio.sleep(0)
                await asyncio.gather(child(own), child(own))
        return profiler.profile

    async def child(own: Callable[[], None]) -> None:
        await asyncio.sleep(0)
        own()

    async def main() -> list[libprof.Profile]:
        disturber = asyncio.create_task(disturb())
        profiles = await asyncio.gather(*(work(number) for number in range(5)))
        disturber.cancel()
        return profiles

    async def disturb() -> None:
        foreign = mark("mark-foreign")
        while True:
            foreign()
            await asyncio.sleep(0)

    for number, profile in enumerate(asyncio.run(main())):
        assert marks(profile) == {f"mark-{number}"}
        assert sum(node.calls for node in nodes_named(profile, f"mark-{number}")) == 60
        assert profile.counters["resynchronised"] == 0


def test_coroutines_that_hold_the_session_do_not_stand_in_it() -> None:
    """Before and after an await, what runs has the same path: the session's own frames are not part."""

    async def inner() -> None:
        mark("mark-before")()
        await asyncio.sleep(0)
        mark("mark-after")()

    async def session() -> libprof.Profile:
        with libprof.Profiler() as profiler:
            await inner()
            await inner()
        return profiler.profile

    async def outer() -> libprof.Profile:
        return await session()

    profile = asyncio.run(outer())

    assert lines(profile) == [
        "test_coroutines_that_hold_the_session_do_not_stand_in_it.inner 2",
        "  mark 4",
        "  mark-after 2",
        "  mark-before 2",
    ]


def test_tasks_outliving_their_session_are_cut_off() -> None:
    async def late(before: Callable[[], None], after: Callable[[], None]) -> None:
        before()
        await stopped.wait()
        after()

    async def main() -> libprof.Profile:
        global stopped
        stopped = asyncio.Event()
        with libprof.Profiler() as profiler:
            task = asyncio.create_task(late(mark("mark-before"), mark("mark-after")))
            await asyncio.sleep(0)
        stopped.set()
        await task
        return profiler.profile

    assert marks(asyncio.run(main())) == {"mark-before"}


def test_a_session_may_end_in_another_task() -> None:
    async def finish(profiler: libprof.Profiler) -> None:
        mark("mark-child")()
        profiler.stop()

    async def main() -> libprof.Profile:
        profiler = libprof.Profiler().start()
        mark("mark-own")()
        await asyncio.create_task(finish(profiler))
        mark("mark-late")()
        return profiler.profile

    assert marks(asyncio.run(main())) == {"mark-own", "mark-child"}


def test_to_thread_is_inside() -> None:
    async def main() -> libprof.Profile:
        with libprof.Profiler() as profiler:
            await asyncio.to_thread(mark("mark-thread"))
        return profiler.profile

    assert marks(asyncio.run(main())) == {"mark-thread"}


def test_session_around_a_loop() -> None:
    async def child() -> None:
        await asyncio.sleep(0)
        mark("mark-child")()

    async def main() -> None:
        await asyncio.gather(child(), child())

    profile = profile_of(lambda: asyncio.run(main()))

    inside = [outline(node, of_file=__file__) for node in nodes_named(profile, "Handle._run")]
    assert any("  mark-child 2" in shown for shown in inside)
    assert profile.counters["strands"] == 1


@pytest.mark.parametrize("eager", [False, True])
def test_eager_tasks(eager: bool) -> None:
    async def child() -> None:
        mark("mark-first")()
        await asyncio.sleep(0)
        mark("mark-second")()

    async def main() -> libprof.Profile:
        if eager and hasattr(asyncio, "eager_task_factory"):
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        with libprof.Profiler() as profiler:
            await asyncio.gather(child(), child())
        return profiler.profile

    profile = asyncio.run(main())

    assert marks(profile) == {"mark-first", "mark-second"}
    assert profile.counters["resynchronised"] == 0


def test_async_generator_across_tasks() -> None:
    async def items() -> AsyncIterator[int]:
        for n in range(3):
            await asyncio.sleep(0)
            mark("mark-item")()
            yield n

    async def main() -> libprof.Profile:
        with libprof.Profiler() as profiler:
            generator = items()
            await asyncio.create_task(anext_of(generator))
            await anext_of(generator)
            await generator.aclose()
        return profiler.profile

    async def anext_of(generator: AsyncIterator[int]) -> int:
        return await generator.__anext__()

    profile = asyncio.run(main())

    assert sum(node.calls for node in nodes_named(profile, "mark-item")) == 2


# ---- asgiref ---------------------------------------------------------------------------------------


def test_asgiref_sync_to_async() -> None:
    def view() -> None:
        mark("mark-sync")()
        async_to_sync(nested)()

    async def nested() -> None:
        mark("mark-nested")()
        await asyncio.sleep(0)
        mark("mark-nested-late")()

    async def request(number: int) -> libprof.Profile:
        with libprof.Profiler() as profiler:
            mark(f"mark-async-{number}")()
            await sync_to_async(view)()
            await sync_to_async(view, thread_sensitive=False)()
        return profiler.profile

    async def main() -> list[libprof.Profile]:
        return await asyncio.gather(request(0), request(1))

    for number, profile in enumerate(asyncio.run(main())):
        assert marks(profile) == {
            f"mark-async-{number}",
            "mark-sync",
            "mark-nested",
            "mark-nested-late",
        }
        assert sum(node.calls for node in nodes_named(profile, "mark-nested-late")) == 2


def test_asgiref_async_to_sync() -> None:
    async def view() -> None:
        mark("mark-async")()
        await sync_to_async(mark("mark-sync"))()
        mark("mark-async-late")()

    def request(number: int) -> libprof.Profile:
        with libprof.Profiler() as profiler:
            mark(f"mark-{number}")()
            async_to_sync(view)()
        return profiler.profile

    with ThreadPoolExecutor(3) as pool:
        for number, profile in enumerate(pool.map(request, range(3))):
            assert marks(profile) == {
                f"mark-{number}",
                "mark-async",
                "mark-sync",
                "mark-async-late",
            }


def test_session_started_and_stopped_inside_sync_to_async() -> None:
    """asgiref copies the values that a thread set back into the caller's context."""
    profiler = libprof.Profiler()

    async def main() -> None:
        await sync_to_async(profiler.start)()
        mark("mark-inside")()
        await asyncio.sleep(0)
        mark("mark-inside-late")()
        await sync_to_async(profiler.stop)()
        mark("mark-outside")()

    asyncio.run(main())

    assert marks(profiler.profile) == {"mark-inside", "mark-inside-late"}


# ---- nesting ---------------------------------------------------------------------------------------


def test_nested_sessions() -> None:
    with libprof.Profiler() as outer:
        mark("mark-outer")()
        with libprof.Profiler() as inner:
            mark("mark-inner")()
        mark("mark-outer-again")()

    assert marks(inner.profile) == {"mark-inner"}
    assert marks(outer.profile) == {"mark-outer", "mark-outer-again"}


def test_nested_sessions_that_end_in_the_wrong_order() -> None:
    outer, middle, inner = libprof.Profiler(), libprof.Profiler(), libprof.Profiler()
    outer.start()
    middle.start()
    inner.start()
    mark("mark-inner")()
    middle.stop()
    mark("mark-inner-again")()
    inner.stop()
    mark("mark-outer")()
    outer.stop()
    mark("mark-nobody")()

    assert marks(inner.profile) == {"mark-inner", "mark-inner-again"}
    assert marks(middle.profile) == set()
    assert marks(outer.profile) == {"mark-outer"}


def test_inner_session_stopped_elsewhere_gives_the_context_back() -> None:
    outer, inner = libprof.Profiler(), libprof.Profiler()
    outer.start()
    inner.start()
    thread = threading.Thread(target=inner.stop)
    thread.start()
    thread.join()
    mark("mark-outer")()
    outer.stop()

    assert marks(outer.profile) == {"mark-outer"}


def test_child_task_of_a_nested_session() -> None:
    async def child() -> None:
        mark("mark-child")()

    async def main() -> tuple[libprof.Profile, libprof.Profile]:
        with libprof.Profiler() as outer:
            with libprof.Profiler() as inner:
                task = asyncio.create_task(child())
                await task
            mark("mark-outer")()
        return outer.profile, inner.profile

    outer, inner = asyncio.run(main())

    assert marks(inner) == {"mark-child"}
    assert marks(outer) == {"mark-outer"}


# ---- attach and detach -----------------------------------------------------------------------------


def test_attach_and_detach_around_a_stream() -> None:
    """What a middleware does with a streaming body."""
    profiler = libprof.Profiler()

    def body() -> Iterator[int]:
        for n in range(3):
            mark("mark-chunk")()
            yield n

    def stream(chunks: Iterator[int]) -> Iterator[int]:
        while True:
            profiler.attach()
            try:
                chunk = next(chunks)
            except StopIteration:
                break
            finally:
                profiler.detach()
            yield chunk

    profiler.start()
    mark("mark-view")()
    profiler.detach()
    for _ in stream(body()):
        mark("mark-server")()
    profiler.stop()

    assert marks(profiler.profile) == {"mark-view", "mark-chunk"}
    assert sum(node.calls for node in nodes_named(profiler.profile, "mark-chunk")) == 3


def test_attach_in_another_context() -> None:
    profiler = libprof.Profiler().start()
    thread = threading.Thread(target=lambda: (profiler.attach(), mark("mark-thread")()))
    thread.start()
    thread.join()
    profiler.stop()

    assert marks(profiler.profile) == {"mark-thread"}


def test_detach_deep_in_a_stack_ends_the_calls_there() -> None:
    """What was open at detach ends there: it must not take the time until the session's end."""
    profiler = libprof.Profiler()

    def down(n: int) -> None:
        if n:
            down(n - 1)
        else:
            profiler.detach()

    profiler.start()
    down(3)
    outside = mark("mark-outside")
    outside()
    busy(0.05)
    profiler.attach()
    mark("mark-inside")()
    profiler.stop()

    assert marks(profiler.profile) == {"mark-inside"}
    (down_node, *_) = nodes_named(profiler.profile, down.__qualname__)
    assert down_node.total_wall_ns <= profiler.profile.wall_ns - 50_000_000


def busy(seconds: float) -> None:
    import time

    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_attach_twice_and_detach_of_another() -> None:
    one, two = libprof.Profiler().start(), libprof.Profiler()
    one.attach()
    two.start()
    one.detach()  # not the session of this context: nothing happens
    mark("mark-two")()
    two.stop()
    mark("mark-one")()
    one.stop()

    assert marks(two.profile) == {"mark-two"}
    assert marks(one.profile) == {"mark-one"}


def test_detach_gives_each_context_what_it_had() -> None:
    one, two, shared = libprof.Profiler().start(), libprof.Profiler(), libprof.Profiler()
    shared.start()

    def elsewhere() -> None:
        two.start()
        shared.attach()

    context = contextvars.Context()
    context.run(elsewhere)
    shared.detach()
    mark("mark-one")()
    context.run(lambda: (shared.detach(), mark("mark-two")()))
    for profiler in (shared, two, one):
        profiler.stop()

    assert marks(one.profile) == {"mark-one"}
    assert marks(two.profile) == {"mark-two"}
    assert marks(shared.profile) == set()


# ---- greenlets -------------------------------------------------------------------------------------


def test_greenlets_with_copied_contexts() -> None:
    with libprof.Profiler() as profiler:

        def run(name: str) -> None:
            step = mark(name)
            for _ in range(3):
                step()
                greenlet.getcurrent().parent.switch()
            step()

        greenlets = []
        for _name in ("mark-one", "mark-two"):
            new = greenlet.greenlet(run)
            new.gr_context = contextvars.copy_context()
            greenlets.append(new)
        for new, name in zip(greenlets, ("mark-one", "mark-two"), strict=True):
            new.switch(name)
        for _ in range(3):
            for new in greenlets:
                new.switch()

    profile = profiler.profile
    run_name = "test_greenlets_with_copied_contexts.run"
    shown = lines(profile)
    assert f"{run_name} 2" in shown
    at = shown.index(f"{run_name} 2")
    assert shown[at + 1 :] == ["  mark 2", "  mark-one 4", "  mark-two 4"]
    assert profile.counters["resynchronised"] == 0


def test_greenlets_outside_the_session() -> None:
    foreign = mark("mark-foreign")

    def run() -> None:
        while True:
            foreign()
            greenlet.getcurrent().parent.switch()

    other = greenlet.greenlet(run)
    other.switch()
    with libprof.Profiler() as profiler:
        mark("mark-own")()
        other.switch()
        mark("mark-own")()
        other.switch()

    assert marks(profiler.profile) == {"mark-own"}
    assert sum(node.calls for node in nodes_named(profiler.profile, "mark-own")) == 2


def test_sessions_in_greenlets() -> None:
    profiles: list[libprof.Profile] = []

    def run(number: int) -> None:
        own = mark(f"mark-{number}")
        with libprof.Profiler() as profiler:
            for _ in range(5):
                own()
                greenlet.getcurrent().parent.switch()
        profiles.append(profiler.profile)

    greenlets = [greenlet.greenlet(run) for _ in range(4)]
    for number, new in enumerate(greenlets):
        new.switch(number)
    while any(not new.dead for new in greenlets):
        for new in greenlets:
            new.switch()

    assert [marks(profile) for profile in profiles] == [{f"mark-{n}"} for n in range(4)]
    for profile in profiles:
        assert profile.counters["resynchronised"] == 0


def test_greenlet_dropped_while_it_is_in_the_session() -> None:
    def run() -> None:
        mark("mark-greenlet")()
        greenlet.getcurrent().parent.switch()

    with libprof.Profiler() as profiler:
        for _ in range(5):
            dropped = greenlet.greenlet(run)
            dropped.gr_context = contextvars.copy_context()
            dropped.switch()
            del dropped
        mark("mark-own")()

    assert marks(profiler.profile) == {"mark-greenlet", "mark-own"}
    own = nodes_named(profiler.profile, "mark-own")
    assert len(own) == 1


# ---- context variables by hand ---------------------------------------------------------------------


def test_values_copied_by_hand() -> None:
    """Frameworks copy all values of one context into another."""
    with libprof.Profiler() as profiler:
        inside = contextvars.copy_context()

    def adopt() -> None:
        for variable, value in inside.items():
            variable.set(value)
        mark("mark-late")()

    contextvars.Context().run(adopt)
    assert marks(profiler.profile) == set()

    def owner() -> Any:
        with libprof.Profiler() as profiler:
            context = contextvars.copy_context()

            def adopt() -> None:
                for variable, value in context.items():
                    variable.set(value)
                mark("mark-inside")()

            contextvars.Context().run(adopt)
        return profiler.profile

    assert marks(owner()) == {"mark-inside"}
