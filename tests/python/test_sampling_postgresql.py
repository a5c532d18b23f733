# SPDX-License-Identifier: MIT
"""libpq, and psycopg's own loops around it, under samples: queries, transfers and timeouts are what they were."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.python.databases import (
    INTERVALS,
    WAIT_SECONDS,
    check_waiting,
    postgresql,
    without_and_with,
)
from tests.python.helpers import run_python
from tests.python.sampled import sampler

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed for this Python")
pytestmark = pytest.mark.slow

SLEEP = f"SELECT pg_sleep({WAIT_SECONDS}), 7"
ROWS = "SELECT number, repeat('x', 100) FROM generate_series(1, 50000) number"
LARGE = "x" * (8 << 20)


@pytest.fixture(params=INTERVALS)
def interval(request: pytest.FixtureRequest) -> float:
    return request.param


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgresql() as folder:
        yield f"host={folder} user=postgres dbname=postgres"


@pytest.fixture
def connection(address: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(address) as connection:
        yield connection


# ---- what waits ------------------------------------------------------------------------------------


def test_a_query(connection: psycopg.Connection, interval: float) -> None:
    def query() -> list[tuple]:
        return connection.execute(SLEEP).fetchall()

    assert query() == [("", 7)]
    check_waiting(query, interval, str(Path(psycopg.__file__).parent))


def test_a_query_by_libpq_alone(connection: psycopg.Connection, interval: float) -> None:
    """psycopg2's way: the library itself waits for the answer."""

    def query() -> bytes | None:
        return connection.pgconn.exec_(SLEEP.encode()).get_value(0, 1)

    assert query() == b"7"
    check_waiting(query, interval, __file__)


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    """The time a connection may take is not begun anew by each sample."""
    target = f"host={tmp_path} user=postgres connect_timeout=2".encode()
    with socket.socket(socket.AF_UNIX) as silent, sampler(interval=min(INTERVALS)):
        silent.bind(str(tmp_path / ".s.PGSQL.5432"))
        silent.listen()
        begin = time.monotonic()
        failed = psycopg.pq.PGconn.connect(target)
        waited = time.monotonic() - begin
    assert b"timeout expired" in failed.error_message
    assert 1 <= waited < 4  # it counts in whole seconds
    failed.finish()


def test_waiting_for_what_does_not_come(connection: psycopg.Connection, interval: float) -> None:
    """psycopg waits in slices, and begins one that was cut short anew with its whole time."""
    connection.autocommit = True
    connection.execute("LISTEN nothing")
    with sampler(interval=interval):
        begin = time.monotonic()
        assert list(connection.notifies(timeout=0.3)) == []
        waited = time.monotonic() - begin
    assert 0.29 <= waited < 1.5


def test_ctrl_c_during_a_query(address: str, interval: float) -> None:
    """psycopg looks for signals between slices."""
    output = run_python(
        f"""
import signal, time
import psycopg
from tests.python.sampled import sampler

with psycopg.connect({address!r}) as connection, sampler(interval={interval}):
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    begin = time.monotonic()
    try:
        connection.execute("SELECT pg_sleep(10)")
    except KeyboardInterrupt:
        print("interrupted")
    assert time.monotonic() - begin < 5, time.monotonic() - begin
"""
    )
    assert output == "interrupted\n"


# ---- what is transferred ---------------------------------------------------------------------------


def test_connections(address: str, interval: float) -> None:
    def connect() -> list[tuple]:
        rows = []
        for _ in range(10):
            with psycopg.connect(address) as own:
                rows += own.execute("SELECT 1").fetchall()
        return rows

    without_and_with(connect, interval)


def test_many_rows(connection: psycopg.Connection, interval: float) -> None:
    def fetch() -> list[tuple]:
        return connection.execute(ROWS).fetchall()

    profile = without_and_with(fetch, interval)
    assert profile.counters["samples"] >= 10


def test_rows_one_by_one(connection: psycopg.Connection, interval: float) -> None:
    def stream() -> list[tuple]:
        return list(connection.cursor().stream(ROWS))

    without_and_with(stream, interval)


def test_a_large_parameter(connection: psycopg.Connection, interval: float) -> None:
    def send() -> list[tuple]:
        return connection.execute("SELECT md5(%s), length(%s)", [LARGE, LARGE]).fetchall()

    without_and_with(send, interval)


def test_copies(connection: psycopg.Connection, interval: float) -> None:
    connection.execute("CREATE TEMPORARY TABLE copied (number int, text text)")

    def copy() -> bytes:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE copied")
            with cursor.copy("COPY copied FROM STDIN") as into:
                for number in range(20_000):
                    into.write_row((number, "x" * 100))
            with cursor.copy("COPY copied TO STDOUT") as out:
                return b"".join(out)

    without_and_with(copy, interval)


def test_an_error(connection: psycopg.Connection, interval: float) -> None:
    """The server ends a statement that takes too long, and the connection goes on."""
    connection.autocommit = True
    connection.execute("SET statement_timeout = '100ms'")

    def fail() -> list[tuple]:
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(10)")
        return connection.execute("SELECT 8").fetchall()

    without_and_with(fail, interval)
