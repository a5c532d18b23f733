# SPDX-License-Identifier: MIT
"""Calls that wait go on as if nobody interrupted them."""

from __future__ import annotations

import textwrap

import pytest

from tests.python.helpers import run_python

BEGIN = """
import asyncio, os, queue, select, signal, socket, subprocess, threading, time
from tests.python.sampled import sampler

left, right = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0))
lock = threading.Lock()
lock.acquire()

def later(function):
    thread = threading.Timer(0.1, function)
    thread.start()
    return thread

def raises(kind, function):
    try:
        function()
    except kind:
        return True
"""

WAITS = {
    "sleep": "time.sleep(0.1)",
    "select": "assert select.select([left], [], [], 0.1) == ([], [], [])",
    "poll": """
        poll = select.poll()
        poll.register(left, select.POLLIN)
        assert poll.poll(100) == []
    """,
    "epoll": """
        with select.epoll() as epoll:
            epoll.register(left, select.EPOLLIN)
            assert epoll.poll(0.1) == []
    """,
    "recv": """
        later(lambda: right.send(b"x"))
        assert left.recv(1) == b"x"
    """,
    "recv with timeout": """
        left.settimeout(0.1)
        assert raises(TimeoutError, lambda: left.recv(1))
    """,
    "read": """
        later(lambda: right.send(b"x"))
        assert os.read(left.fileno(), 1) == b"x"
    """,
    "accept": """
        server.settimeout(0.1)
        assert raises(TimeoutError, server.accept)
    """,
    "lock": "assert not lock.acquire(timeout=0.1)",
    "lock without timeout": """
        later(lock.release)
        assert lock.acquire()
    """,
    "event": "assert not threading.Event().wait(0.1)",
    "queue": "assert raises(queue.Empty, lambda: queue.Queue().get(timeout=0.1))",
    "join": "later(lambda: None).join()",
    "subprocess": "assert subprocess.run(['sleep', '0.1']).returncode == 0",
    "subprocess with pipes": """
        command = ["sh", "-c", "sleep 0.1; cat"]
        data = b"x" * 1_000_000
        assert subprocess.run(command, input=data, capture_output=True).stdout == data
    """,
    "asyncio": "asyncio.run(asyncio.sleep(0.1))",
}


@pytest.mark.parametrize("wait", WAITS)
def test_calls_that_wait(wait: str) -> None:
    """They last as long as without samples, of which five hundred are due meanwhile."""
    body = textwrap.indent(textwrap.dedent(WAITS[wait]).strip(), "    ")
    output = run_python(
        f"""{BEGIN}
with sampler(interval=0.0002) as profiler:
    begin = time.monotonic()
{body}
    waited = time.monotonic() - begin
for end in (left, right, server):
    end.close()
# The machine may be busy, but waiting does not begin anew each time. poll() counts in ms.
assert 0.099 <= waited < 1, waited
assert profiler.profile.counters["samples"] >= 100, profiler.profile.counters
print("done")
"""
    )
    assert output == "done\n"


def test_data_arrives_whole() -> None:
    output = run_python(
        f"""{BEGIN}
import hashlib
data = os.urandom(1 << 16) * 256
received = hashlib.sha256()

def receive():
    with sampler(interval=0.0002):
        size = 0
        while size < len(data):
            part = right.recv(4096)
            received.update(part)
            size += len(part)

thread = threading.Thread(target=receive)
with sampler(interval=0.0002):
    thread.start()
    left.sendall(data)
    thread.join()
assert received.digest() == hashlib.sha256(data).digest()
print("done")
"""
    )
    assert output == "done\n"
