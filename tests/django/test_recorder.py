# SPDX-License-Identifier: MIT
from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError, connection

from django_profiler import counters, recorder, retention, spool, store
from django_profiler.models import Profile
from django_profiler.reasons import Event, Loss
from tests.django.makers import make_facts, make_record, make_sealed
from tests.django.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

Stored = Callable[[], list[Profile]]


class Refusal:
    """Stands in for `store.save` and fails until it is told otherwise."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.original = store.save

    def __call__(self, *args: Any) -> bool:
        if self.error is not None:
            raise self.error
        return self.original(*args)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Refusal:
    refusal = Refusal(OperationalError("database is locked"))
    monkeypatch.setattr(store, "save", refusal)
    return refusal


def test_a_record_is_stored_by_another_thread(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    original = store.save

    def watch(*args: Any) -> bool:
        threads.append(threading.current_thread())
        return original(*args)

    monkeypatch.setattr(store, "save", watch)
    record = make_record()
    assert recorder.submit(record)
    assert [profile.id for profile in stored()] == [record.facts.id]
    assert record.stored
    assert threads[0] is not threading.current_thread()
    assert threads[0].daemon
    assert counters.get(Event.STORED) == 1


def test_what_the_database_refuses_is_spooled_and_stored_later(
    stored: Stored, locked: Refusal
) -> None:
    record = make_record()
    recorder.submit(record)
    assert stored() == []
    assert record.done.is_set()
    assert not record.stored
    assert len(spool.files()) == 1
    assert not recorder.drain_spool()
    assert len(spool.files()) == 1
    locked.error = None
    assert recorder.drain_spool()
    assert [profile.id for profile in stored()] == [record.facts.id]
    assert stored()[0].load().engine == "trace"
    assert spool.files() == []
    assert counters.get(Event.UNSPOOLED) == 1


def test_the_writer_thread_empties_the_spool_by_itself(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.put(make_sealed())
    monkeypatch.setattr(recorder, "SPOOL_RETRY_SECONDS", 0)
    fresh = recorder.Recorder()
    fresh.submit(make_record())
    assert fresh.flush(20)
    assert len(stored()) == 2
    assert spool.files() == []


def test_the_database_error_never_reaches_the_client(
    client: Client, token: dict[str, str], stored: Stored, locked: Refusal
) -> None:
    response = client.get("/plain/?profile=1", headers=token)
    assert (response.status_code, response.content) == (200, b"plain")
    assert "X-Profile-Id" in response
    assert stored() == []
    assert len(spool.files()) == 1
    assert counters.get(Event.STORE_ERROR) >= 1


def test_a_missing_table_never_reaches_the_client(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    with connection.schema_editor() as editor:
        editor.alter_db_table(Profile, "django_profiler_profile", "moved_away")
    try:
        assert client.get("/plain/?profile=1", headers=token).content == b"plain"
        assert recorder.flush(20)
        assert len(spool.files()) == 1
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Profile, "moved_away", "django_profiler_profile")
    assert recorder.drain_spool()
    assert len(stored()) == 1


def test_a_really_locked_database_is_waited_for(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    name = connection.settings_dict["NAME"]
    other = sqlite3.connect(name, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert client.get("/plain/?profile=1", headers=token).content == b"plain"
        assert Profile.objects.count() == 0
        other.execute("COMMIT")
    finally:
        other.close()
    assert len(stored()) == 1


def test_what_can_never_be_stored_does_not_block_the_spool(stored: Stored, locked: Refusal) -> None:
    spool.put(make_sealed())
    locked.error = ValueError("nothing for a database")
    assert recorder.drain_spool()
    assert spool.files() == []
    assert counters.get(Loss.REFUSED) == 1


def test_a_record_spooled_twice_is_stored_once(stored: Stored) -> None:
    sealed = make_sealed()
    store.save(sealed)
    spool.put(sealed)
    assert recorder.drain_spool()
    assert len(stored()) == 1
    assert counters.get(Loss.REFUSED) == 0


def test_too_many_waiting_records_are_a_counted_loss(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def block() -> None:
        reached.set()
        go_on.wait(20)

    recorder.call(block)
    assert reached.wait(20)
    monkeypatch.setattr(recorder, "QUEUE_LENGTH", 2)
    records = [make_record() for _ in range(5)]
    accepted = [recorder.submit(record) for record in records]
    go_on.set()
    assert accepted == [True, True, False, False, False]
    assert len(stored()) == 2
    assert counters.get(Loss.QUEUE_FULL) == 3
    assert all(record.done.wait(20) for record in records)


def test_a_profile_that_cannot_be_serialised_is_a_counted_loss(stored: Stored) -> None:
    class Broken:
        def to_bytes(self) -> bytes:
            raise MemoryError

    record = make_record()
    record.profile = Broken()
    recorder.submit(record)
    recorder.submit(make_record())
    assert len(stored()) == 1
    assert counters.get(Loss.NOT_SERIALISED) == 1


def test_a_task_that_fails_does_not_end_the_thread(stored: Stored) -> None:
    def fail() -> None:
        raise RuntimeError("broken task")

    recorder.call(fail)
    recorder.submit(make_record())
    assert len(stored()) == 1
    assert counters.get(Event.INTERNAL_ERROR) == 1


def test_the_store_is_pruned_now_and_then(stored: Stored, profiler: Callable[..., None]) -> None:
    profiler(MAX_PROFILES=3)
    fresh = recorder.Recorder()
    for _ in range(5):
        fresh.submit(make_record())
    assert fresh.flush(20)
    assert len(stored()) <= 5
    assert retention.prune().profiles + counters.get(Event.PRUNED) >= 2
    assert len(stored()) == 3


def test_a_steady_stream_of_profiles_does_not_keep_the_store_from_being_pruned(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(recorder, "PRUNE_EVERY", 2)
    monkeypatch.setattr(retention, "prune", lambda: order.append("pruned"))
    gate = threading.Event()
    recorder.call(gate.wait)
    for _ in range(5):
        recorder.submit(make_record())
    recorder.call(lambda: order.append("nothing waits any more"))

    gate.set()

    assert len(stored()) == 5
    assert order[: order.index("nothing waits any more")].count("pruned") >= 2


def test_a_failing_prune_is_counted(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(retention, "prune", fail)
    fresh = recorder.Recorder()
    fresh.submit(make_record())
    assert fresh.flush(20)
    assert counters.get(Event.PRUNE_ERROR) == 1
    assert len(stored()) == 1


def test_the_end_of_a_process_does_not_wait_for_pruning(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned: list[str] = []
    monkeypatch.setattr(retention, "prune", lambda: pruned.append("pruned"))
    fresh = recorder.Recorder()
    fresh.close()
    fresh.submit(make_record())  # of a request that ends just then
    assert fresh.flush(20)
    assert pruned == []
    assert len(stored()) == 1


def test_flushing_nothing_starts_nothing() -> None:
    fresh = recorder.Recorder()
    assert fresh.flush(0)
    assert fresh._thread is None


def test_flushing_gives_up_in_time(stored: Stored) -> None:
    go_on = threading.Event()
    recorder.call(lambda: go_on.wait(20))
    assert not recorder.flush(0.01)
    go_on.set()


def test_at_the_end_what_waits_goes_to_the_spool(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "EXIT_SECONDS", 0.01)
    fresh, reached, go_on = recorder.Recorder(), threading.Event(), threading.Event()

    def block() -> None:
        reached.set()
        go_on.wait(20)

    fresh.call(block)
    assert reached.wait(20)
    fresh.submit(make_record())
    fresh.close()
    assert len(spool.files()) == 1
    go_on.set()
    # It finds the spool too; were it still at that, its row would fall into the next test.
    assert fresh.flush(20)
    assert recorder.drain_spool()
    assert len(stored()) == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_has_a_thread_of_its_own(stored: Stored) -> None:
    recorder.submit(make_record())
    assert len(stored()) == 1
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(read)
            ok = counters.snapshot() == {} and recorder.flush(0)
            connection.close()
            recorder.submit(make_record(path="/child/"))
            ok = ok and recorder.flush(20) and counters.get(Event.STORED) == 1
            os.write(write, b"1" if ok else b"0")
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    answer = os.read(read, 1)
    os.close(read)
    os.waitpid(pid, 0)
    assert answer == b"1"
    assert {profile.path for profile in stored()} == {"/products/tea/", "/child/"}


AT_EXIT = """
import django
django.setup()
from django.test import Client
from django_profiler.policy import make_token
response = Client().get("/plain/?profile=1", headers={"X-Profile": make_token()})
print(response["X-Profile-Id"])
"""


@pytest.mark.slow
def test_the_end_of_the_process_waits_for_the_writer_thread(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.manage("migrate", "-v0")
    printed = project.python("-c", AT_EXIT)
    rows = project.rows("SELECT id FROM django_profiler_profile")
    assert [row[0] for row in rows] == [printed.strip().replace("-", "")]


def test_facts_of_a_request_survive_the_spool(stored: Stored, locked: Refusal) -> None:
    facts = make_facts(path="/größe/", truncated="cut", outcome="abandoned")
    record = make_record()
    record.facts = facts
    recorder.submit(record)
    assert recorder.flush(20)
    locked.error = None
    recorder.drain_spool()
    (profile,) = stored()
    assert (profile.path, profile.truncated, profile.outcome) == ("/größe/", "cut", "abandoned")
