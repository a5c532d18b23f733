# SPDX-License-Identifier: MIT
"""Exports opened with programs that nobody here wrote: speedscope and callgrind_annotate."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.python.documents import RECURSIVE, profile_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

PROFILE = profile_from(RECURSIVE)

#: speedscope tells formats apart by the file's name.
FILES = {
    "speedscope": "profile.speedscope.json",
    "collapsed": "profile.collapsedstack.txt",
    "callgrind": "callgrind.out.1",
    "pprof": "profile.pb.gz",
    "chrome": "profile.json",
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def speedscope(root: Path) -> Iterator[str]:
    """The address of speedscope as its authors released it."""
    folder = root / "frontend" / "node_modules" / "speedscope" / "dist" / "release"
    assert (folder / "index.html").exists(), "the front end's packages are missing: make frontend"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
        thread.join()


def _as_read(browser: Browser, address: str, name: str, data: bytes) -> dict[str, Any]:
    """Opens a file in speedscope and saves what it made of it, in its own format."""
    with browser.new_context(accept_downloads=True) as context:
        page = context.new_page()
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(address)
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        page.locator("input[type=file]").set_input_files(file)
        page.wait_for_function("document.title != 'speedscope'")
        with page.expect_download() as download:
            page.keyboard.press("Control+s")
        assert dialogs == []
        saved: dict[str, Any] = json.loads(download.value.path().read_text())
        return saved


def _self_times(profile: dict[str, Any], frames: list[dict[str, Any]]) -> Counter[str]:
    """Self time per function, of the events that speedscope saves; without file and line."""
    times: Counter[str] = Counter()
    stack: list[int] = []
    last = 0.0
    for event in profile["events"]:
        if stack:
            name = re.sub(r' (\(/srv.*|\{"file.*)$', "", frames[stack[-1]]["name"])
            times[name] += round((event["at"] - last) * (1000 if _is_us(profile) else 1))
        last = event["at"]
        if event["type"] == "O":
            stack.append(event["frame"])
        else:
            assert stack.pop() == event["frame"]
    assert stack == []
    return +times


def _is_us(profile: dict[str, Any]) -> bool:
    return profile["unit"] == "microseconds"


@pytest.mark.parametrize("format", ["speedscope", "collapsed", "pprof", "chrome"])
def test_speedscope_reads_the_tree(browser: Browser, speedscope: str, format: str) -> None:
    saved = _as_read(browser, speedscope, FILES[format], PROFILE.export(format))
    expected = {"<root>": 7, **{f.name: f.self_wall_ns for f in PROFILE.functions()}}
    assert _self_times(saved["profiles"][0], saved["shared"]["frames"]) == expected


def test_speedscope_reads_the_cpu_time(browser: Browser, speedscope: str) -> None:
    saved = _as_read(browser, speedscope, FILES["speedscope"], PROFILE.export("speedscope"))
    assert [profile["name"] for profile in saved["profiles"]] == ["Wall time", "CPU time"]
    expected = {f.name: f.self_cpu_ns for f in PROFILE.functions() if f.self_cpu_ns}
    assert _self_times(saved["profiles"][1], saved["shared"]["frames"]) == expected


def test_speedscope_reads_the_calls(browser: Browser, speedscope: str) -> None:
    """callgrind's format has no tree, so only sums are there to compare."""
    saved = _as_read(browser, speedscope, FILES["callgrind"], PROFILE.export("callgrind"))
    wall, cpu = saved["profiles"]
    assert wall["endValue"] == pytest.approx(PROFILE.root.total_wall_ns, rel=0.01)
    assert cpu["endValue"] == pytest.approx(PROFILE.root.total_cpu_ns, rel=0.01)


def _annotate(folder: Path, *options: str) -> dict[str, tuple[int, int]]:
    """callgrind_annotate's table: wall and CPU time by function."""
    file = folder / "callgrind.out.1"
    file.write_bytes(PROFILE.export("callgrind"))
    command = ["callgrind_annotate", "--threshold=100", *options, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    rows = re.findall(r"^ *([\d,]+) \(.*?\) +([\d,]+)(?: \(.*?\))? +\S+:(.+?)(?: \[\])?$",
                      done.stdout, re.MULTILINE)  # fmt: skip
    return {name: (_number(wall), _number(cpu)) for wall, cpu, name in rows}


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def test_callgrind_annotate_finds_the_self_times(tmp_path: Path) -> None:
    table = _annotate(tmp_path)
    for function in PROFILE.functions():
        assert table[function.name] == (function.self_wall_ns, function.self_cpu_ns)


def test_callgrind_annotate_finds_the_totals_of_recursive_functions(tmp_path: Path) -> None:
    table = _annotate(tmp_path, "--inclusive=yes")
    for function in PROFILE.functions():
        assert table[function.name] == (function.total_wall_ns, function.total_cpu_ns)
