# SPDX-License-Identifier: MIT
"""Servers of their own, of whichever kind: what they say tells how far they have come."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

#: Far above what any of them needs, on a machine that is busy, too.
SECONDS = 60


class Server:
    """A process whose output is read as it comes."""

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        # Whoever is started in the background is told to ignore SIGINT, and hands that on.
        self._process = subprocess.Popen(
            ["env", "--default-signal=INT", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            **options,
        )
        self._log = ""
        self._ended = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def log(self) -> str:
        with self._news:
            return self._log

    def wait_for(self, pattern: str, *, times: int = 1) -> re.Match[str]:
        """Until it has said so this often; the last one. Fails when it ends before."""

        def said() -> list[re.Match[str]] | None:
            found = list(re.finditer(pattern, self._log))
            return found if len(found) >= times or self._ended else None

        with self._news:
            found = self._news.wait_for(said, SECONDS) or []
        assert len(found) >= times, f"not said: {pattern}\n{self.log}"
        return found[times - 1]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit status."""
        self._process.send_signal(number)
        try:
            return self._process.wait(SECONDS)
        finally:
            self.kill()

    def kill(self) -> None:
        """Nothing of it is left, nor of its children; it may have ended before."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self._say(line)
        self._say("", ended=True)

    def _say(self, text: str, *, ended: bool = False) -> None:
        with self._news:
            self._log += text
            self._ended = ended
            self._news.notify_all()


@contextmanager
def running(
    command: Sequence[str],
    ready: str,
    *,
    times: int = 1,
    stop_by: int = signal.SIGTERM,
    **options: Any,
) -> Iterator[Server]:
    """From when it has said that it is ready until it has stopped, without an error."""
    server = Server(command, **options)
    try:
        server.wait_for(ready, times=times)
        yield server
        assert server.stop(stop_by) == 0, server.log
    finally:
        server.kill()
