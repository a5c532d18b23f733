# SPDX-License-Identifier: MIT
from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext

import libprof
from django_profiler import counters
from django_profiler.instrument import sql
from django_profiler.instrument.sql import SqlCapture
from django_profiler.models import Profile
from django_profiler.reasons import Event
from tests.django.trees import frames, total_calls

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

Stored = Callable[[], list[Profile]]


@pytest.fixture
def capture() -> Any:
    """A capture in the current context, outside any request."""
    sql.install()
    sql.instrument_thread()
    result = SqlCapture(libprof.Tally())
    result.enter()
    yield result
    result.leave()


def select(alias: str = "default") -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")


def test_statements_are_counted_and_timed(capture: SqlCapture) -> None:
    select()
    select("profiles")
    assert capture.count == 2
    assert capture.wall_ns > 0


def test_nothing_is_counted_outside(capture: SqlCapture) -> None:
    capture.leave()
    select()
    assert capture.count == 0


def test_a_stopped_capture_counts_nothing_that_outlives_it(capture: SqlCapture) -> None:
    select()
    capture.stop()
    select()
    assert capture.count == 1


def test_captures_nest(capture: SqlCapture) -> None:
    inner = SqlCapture(libprof.Tally())
    inner.enter()
    inner.enter()
    select()
    inner.leave()
    select()
    assert (inner.count, capture.count) == (1, 1)


def test_a_failing_statement_counts_and_its_error_is_the_same(capture: SqlCapture) -> None:
    with pytest.raises(Exception, match="no_such_table"), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")
    assert capture.count == 1


def test_many_executions_of_one_statement_are_one(capture: SqlCapture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE many_rows (n int)")
        cursor.executemany("INSERT INTO many_rows VALUES (%s)", [(n,) for n in range(5)])
        cursor.execute("SELECT count(*) FROM many_rows")
        assert cursor.fetchone() == (5,)
        cursor.execute("DROP TABLE many_rows")
    assert capture.count == 4


def test_another_thread_does_not_count(capture: SqlCapture) -> None:
    def work() -> None:
        select()
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert capture.count == 0


def test_a_wrapper_of_the_application_is_taken_off_again(capture: SqlCapture) -> None:
    connection.close()
    seen = []

    def own(execute: Any, statement: Any, *rest: Any) -> Any:
        seen.append(statement)
        return execute(statement, *rest)

    # The connection opens, and so gets our wrapper, while the other one is on it.
    connection.execute_wrappers.clear()
    with connection.execute_wrapper(own):
        select()
    select()
    assert seen == ["SELECT 1"]
    assert own not in connection.execute_wrappers
    assert capture.count == 2


def test_a_connection_is_instrumented_once() -> None:
    sql.install()
    for _ in range(3):
        sql.instrument_thread()
        connection_created.send(sender=type(connection), connection=connections["default"])
    assert connections["default"].execute_wrappers.count(sql._wrapper("sqlite")) == 1


def test_a_statement_without_a_template_is_counted(
    capture: SqlCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(statement: Any, vendor: str) -> str:
        raise RuntimeError("no template today")

    monkeypatch.setattr(sql, "statement_template", refuse)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 'never seen before'")
    assert capture.count == 1
    assert counters.get(Event.INTERNAL_ERROR) == 1


def test_the_statements_of_a_request_are_frames(
    client: Any, token: dict[str, str], stored: Stored
) -> None:
    client.get("/sql/3/?profile=1", headers=token)
    (profile,) = stored()
    tree = profile.load()
    assert profile.sql_count == 3
    assert 0 < profile.sql_ns <= profile.wall_ns
    assert {frame.name for frame in frames(tree, kind="sql")} == {"SELECT %s, ?"}
    assert total_calls(tree, "SELECT %s, ?") == 3


def test_a_statement_hangs_below_its_caller_and_has_its_time(
    client: Any, token: dict[str, str], stored: Stored
) -> None:
    client.get("/sql/1/?profile=1", headers=token)
    (profile,) = stored()
    tree = profile.load()
    path = _path_to(tree.root, "SELECT %s, ?")
    assert "sql" in [node.frame.name for node in path]
    statement = path[-1]
    (below,) = (node for node in statement.children if node.frame.name == "CursorWrapper._execute")
    assert 0 < below.total_wall_ns <= statement.total_wall_ns <= profile.wall_ns
    assert 0 < profile.sql_ns <= profile.wall_ns


def test_samples_show_statements(client: Any, token: dict[str, str], stored: Stored) -> None:
    client.get("/slow-sql/?profile=sample", headers=token)
    (profile,) = stored()
    tree = profile.load()
    (statement,) = frames(tree, kind="sql")
    assert statement.name.startswith("WITH RECURSIVE n(i) AS (SELECT ? UNION ALL")
    *above, node = _path_to(tree.root, statement.name)
    assert "slow_sql" in [each.frame.name for each in above]
    assert profile.sql_count == 1
    assert node.total_wall_ns == pytest.approx(profile.sql_ns, rel=0.1, abs=5e6)


def test_no_value_of_a_statement_is_stored(
    client: Any, token: dict[str, str], stored: Stored
) -> None:
    client.get("/sql/2/?profile=1", headers=token)
    text = _document(stored()[0])
    assert b"top secret" not in text
    assert b"parameter 1" not in text


def test_sql_can_be_left_out(
    client: Any, token: dict[str, str], stored: Stored, profiler: Callable[..., None]
) -> None:
    profiler(CAPTURE_SQL=False)
    response = client.get("/sql/3/?profile=1", headers=token)
    (profile,) = stored()
    assert (profile.sql_count, profile.sql_ns) == (0, 0)
    assert not list(frames(profile.load(), kind="sql"))
    assert "sql" not in response["Server-Timing"]


def test_own_statements_are_invisible(client: Any, token: dict[str, str], stored: Stored) -> None:
    get_user_model().objects.create(username="ada")
    with CaptureQueriesContext(connection) as plain:
        client.get("/users/")
    with CaptureQueriesContext(connection) as profiled:
        client.get("/users/?profile=1", headers=token)
        (profile,) = stored()
    ours = [query for query in profiled if "django_profiler" not in query["sql"]]
    assert len(plain) == len(ours) == profile.sql_count == 1


def test_queries_in_executor_threads_belong_to_the_request(
    async_client: Any, token: dict[str, str], stored: Stored
) -> None:
    import asyncio

    response = asyncio.run(async_client.get("/agathers/12/?profile=1", headers=token))
    (profile,) = stored()
    assert response.content == b"66"
    assert profile.sql_count == 12
    assert total_calls(profile.load(), "SELECT %s") == 12


def _document(profile: Profile) -> bytes:
    import gzip

    return gzip.decompress(bytes(profile.blob.data))


def _path_to(node: Any, name: str) -> list[Any]:
    if node.frame.name == name:
        return [node]
    for child in node.children:
        if path := _path_to(child, name):
            return [node, *path]
    return []
