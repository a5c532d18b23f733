# SPDX-License-Identifier: MIT
"""Clients that ask for pages of the shop until they are told to stop."""

from __future__ import annotations

import http.client
import random
import threading
from collections import Counter
from dataclasses import dataclass, field

Page = tuple[str, str, int]

PROFILED_SHARE = 0.25
#: A client rests between pages, on average so long, and now and then asks for many without a rest. On
#: average the writers of profiles must keep up, or the soak measures their queues.
REST_SECONDS = 1.5
BURST_SHARE = 0.03
BURST_LENGTH = 20
#: Clients that go away in the middle of a body.
LEAVING_SHARE = 0.05
REQUEST_SECONDS = 120
#: Servers close a connection that is idle for two seconds; a request must not cross that.
KEPT_SECONDS = 1.0


@dataclass
class Tally:
    """What all clients saw."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        with self.lock:
            self.answers[name] += 1

    def complain(self, text: str) -> None:
        with self.lock:
            self.wrong.append(text)


class Client(threading.Thread):
    """One connection that is kept alive, and asks for one page after the other."""

    def __init__(
        self, port: int, kind: str, pages: list[Page], token: str, tally: Tally, seed: int
    ) -> None:
        super().__init__(name=f"client-{kind}-{seed}")
        self._port = port
        self._kind = kind
        self._pages = pages
        self._token = token
        self._tally = tally
        self._random = random.Random(f"{kind} {seed}")
        self._ended = threading.Event()
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        try:
            while not self._ended.wait(rest := self._random.expovariate(1 / REST_SECONDS)):
                if rest > KEPT_SECONDS:
                    self._hang_up()
                burst = self._random.random() < BURST_SHARE
                for _ in range(BURST_LENGTH if burst else 1):
                    self._visit(*self._random.choice(self._pages))
        finally:
            self._hang_up()

    def stop(self) -> None:
        self._ended.set()

    def _visit(self, url: str, title: str, expected: int) -> None:
        profiled = self._random.random() < PROFILED_SHARE
        leaves = self._random.random() < LEAVING_SHARE
        try:
            response = self._ask(url, profiled=profiled)
            if leaves:
                response.read(1)
                self._hang_up()
            else:
                response.read()
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            self._tally.complain(f"{self._kind} {title}: {type(error).__name__}: {error}")
            return
        self._check(title, response, expected, profiled=profiled)
        if response.will_close:
            self._hang_up()

    def _check(
        self, title: str, response: http.client.HTTPResponse, expected: int, *, profiled: bool
    ) -> None:
        self._tally.add(f"{self._kind} {'profiled' if profiled else 'plain'}")
        if response.status != expected:
            self._tally.complain(f"{self._kind} {title}: status {response.status}")
        elif profiled != (response.getheader("X-Profile-Id") is not None):
            self._tally.complain(f"{self._kind} {title}: asked {profiled}, and was not heard")

    def _ask(self, url: str, *, profiled: bool) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=REQUEST_SECONDS
            )
        headers = {}
        if profiled:
            headers["X-Profile"] = self._token
            url += f"{'&' if '?' in url else '?'}profile=1"
        self._connection.request("GET", url, headers=headers)
        return self._connection.getresponse()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
