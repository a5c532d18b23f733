# SPDX-License-Identifier: MIT
"""gevent's servers: all requests in one thread, each in a greenlet; a sleep lets the others run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.django.live import ask, check_asked, gunicorn, serving, stored
from tests.django.projects import Project

pytest.importorskip("gevent")
pytestmark = pytest.mark.slow

REQUESTS = 6

#: As gevent's documentation has it, on a socket of ours.
PYWSGI = """
from gevent import monkey
monkey.patch_all()
import signal, sys
import gevent
from gevent import socket
from gevent.pywsgi import WSGIServer
from django.core.wsgi import get_wsgi_application

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
server = WSGIServer(listener, get_wsgi_application(), log=None)
gevent.signal_handler(signal.SIGTERM, server.stop)
server.start()
print("serving")
server.serve_forever()
"""


@contextmanager
def gunicorn_worker(project: Project) -> Iterator[Path]:
    with gunicorn(project, "--worker-class=gevent") as address:
        yield address


@contextmanager
def pywsgi(project: Project) -> Iterator[Path]:
    address = project.folder / "socket"
    with serving(project, [sys.executable, "-c", PYWSGI, str(address)], "serving"):
        yield address


@pytest.mark.parametrize("server", [gunicorn_worker, pywsgi])
def test_requests_ask_for_samples(
    site: Callable[..., Project], token: dict[str, str], server: Any
) -> None:
    project = site()
    with server(project) as address:
        answers = ask(address, REQUESTS, token)
    check_asked(answers, stored(project), sleeps=False)
