# SPDX-License-Identifier: MIT
"""The C client of MySQL and MariaDB under samples: queries, transfers and timeouts are what they were."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.python.databases import INTERVALS, WAIT_SECONDS, check_waiting, mariadb, without_and_with
from tests.python.sampled import sampler

MySQLdb = pytest.importorskip("MySQLdb", reason="mysqlclient is not installed for this Python")
pytestmark = pytest.mark.slow

ROWS = "SELECT seq, REPEAT('x', 100) FROM seq_1_to_50000"
LARGE = "x" * (8 << 20)


@pytest.fixture(params=INTERVALS)
def interval(request: pytest.FixtureRequest) -> float:
    return request.param


@pytest.fixture(scope="module")
def address() -> Iterator[Path]:
    with mariadb() as path:
        connection = MySQLdb.connect(unix_socket=str(path))
        connection.query(
            "CREATE DATABASE rows_of_numbers"
        )  # where there is one, sequences are tables
        connection.close()
        yield path


@pytest.fixture
def connection(address: Path) -> Iterator[Any]:
    connection = MySQLdb.connect(unix_socket=str(address), database="rows_of_numbers")
    yield connection
    connection.close()


def query(connection: Any, statement: str, *parameters: Any) -> tuple[tuple, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


# ---- what waits ------------------------------------------------------------------------------------


def test_a_query(connection: Any, interval: float) -> None:
    def sleep() -> tuple[tuple, ...]:
        return query(connection, f"SELECT SLEEP({WAIT_SECONDS}), 7")

    assert sleep() == ((0, 7),)
    check_waiting(sleep, interval, str(Path(MySQLdb.__file__).parent))


def test_an_answer_that_takes_too_long(address: Path) -> None:
    """The time that reading may take is not begun anew by each sample."""
    connection = MySQLdb.connect(unix_socket=str(address), read_timeout=1)
    with sampler(interval=min(INTERVALS)):
        begin = time.monotonic()
        with pytest.raises(MySQLdb.OperationalError, match="Lost connection"):
            connection.query("SELECT SLEEP(10)")
        waited = time.monotonic() - begin
    connection.close()
    assert 0.99 <= waited < 3


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    path = str(tmp_path / "silent")
    with socket.socket(socket.AF_UNIX) as silent, sampler(interval=min(INTERVALS)):
        silent.bind(path)
        silent.listen()
        begin = time.monotonic()
        with pytest.raises(MySQLdb.OperationalError, match="Lost connection"):
            MySQLdb.connect(unix_socket=path, connect_timeout=1)
        waited = time.monotonic() - begin
    assert 0.99 <= waited < 3


# ---- what is transferred ---------------------------------------------------------------------------


def test_connections(address: Path, interval: float) -> None:
    def connect() -> list[tuple]:
        rows: list[tuple] = []
        for _ in range(50):
            own = MySQLdb.connect(unix_socket=str(address))
            rows += query(own, "SELECT 1")
            own.close()
        return rows

    without_and_with(connect, interval)


def test_many_rows(connection: Any, interval: float) -> None:
    def fetch() -> tuple[tuple, ...]:
        return query(connection, ROWS)

    profile = without_and_with(fetch, interval)
    assert profile.counters["samples"] >= 10


def test_rows_one_by_one(connection: Any, interval: float) -> None:
    """They are read from the socket as they are asked for."""

    def stream() -> list[tuple]:
        with MySQLdb.cursors.SSCursor(connection) as cursor:
            cursor.execute(ROWS)
            return list(cursor)

    without_and_with(stream, interval)


def test_a_large_parameter(connection: Any, interval: float) -> None:
    def send() -> tuple[tuple, ...]:
        return query(connection, "SELECT MD5(%s), LENGTH(%s)", LARGE, "x")

    without_and_with(send, interval)


def test_an_error(connection: Any, interval: float) -> None:
    """The server ends a statement that takes too long, and the connection goes on."""

    def fail() -> tuple[tuple, ...]:
        with pytest.raises(MySQLdb.OperationalError, match="max_statement_time"):
            query(connection, "SET STATEMENT max_statement_time = 0.1 FOR SELECT SLEEP(10)")
        return query(connection, "SELECT 8")

    without_and_with(fail, interval)
