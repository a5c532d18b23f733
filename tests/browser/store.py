# SPDX-License-Identifier: MIT
"""Puts profiles into the store of a site that runs in another process."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.browser.site import Site

_CODE = """
import base64, pathlib
from django.utils import timezone
from django_profiler.models import Profile, ProfileBlob, View
view, _ = View.objects.get_or_create(route="made/", method="GET")
profile = Profile.objects.create(
    view=view, method="GET", path="/made/", status=200, engine="trace", trigger="parameter",
    wall_ns=1000000, cpu_ns=500000, created=timezone.now(),
)
data = base64.b64decode(pathlib.Path({path!r}).read_bytes())
ProfileBlob.objects.create(profile=profile, data=data)
print(profile.pk)
"""


def store(site: Site, data: bytes) -> str:
    """Store a profile with this document; the path of its page."""
    # Too long for a command line.
    path = site.shop.folder / "document.base64"
    path.write_bytes(base64.b64encode(data))
    key = site.shell(_CODE.format(path=str(path)))
    return f"/admin/django_profiler/profile/{key}/change/"


def document(
    nodes: list[tuple[int, int, int, int]],
    names: list[tuple[str, str]],
    *,
    lines: list[tuple[int, int, int, int]] | None = None,
    timeline: list[tuple[int, int, int]] | None = None,
) -> bytes:
    """From (parent, frame, calls, self wall) and (name, kind); frame 0 is the root.

    Lines are (frame, line, samples, self wall), slices (track, node, wall).
    """
    frames = [("", "root"), *names]
    strings = sorted({text for frame in frames for text in frame} | {"/srv/app.py"})
    column: dict[str, Any] = {
        "parent": [node[0] for node in nodes],
        "frame": [node[1] for node in nodes],
        "calls": [node[2] for node in nodes],
        "self_wall": [node[3] for node in nodes],
        "self_cpu": [node[3] // 2 for node in nodes],
        "await": [0] * len(nodes),
        "samples": [0] * len(nodes),
    }
    wall = sum(column["self_wall"])
    content: dict[str, Any] = {
        "schema": "libprof.profile/1",
        "engine": "trace",
        "name": "",
        "started": "2026-11-24T10:00:00.000000Z",
        "wall_ns": wall,
        "cpu_ns": wall // 2,
        "strings": strings,
        "frames": {
            "name": [strings.index(name) for name, _ in frames],
            "file": [
                strings.index("/srv/app.py" if kind == "python" else "") for _, kind in frames
            ],
            "line": [1 if kind == "python" else 0 for _, kind in frames],
            "kind": [strings.index(kind) for _, kind in frames],
        },
        "nodes": column,
        "metadata": {},
        "counters": {},
    }
    if lines is not None:
        content["engine"] = "sample"
        content["lines"] = _lines(lines)
    if timeline is not None:
        content["timeline"] = _columns(("track", "node", "wall"), timeline)
    return gzip.compress(json.dumps(content).encode())


def _lines(rows: list[tuple[int, int, int, int]]) -> dict[str, Any]:
    table = _columns(("frame", "line", "samples", "self_wall"), rows)
    wall = table["self_wall"]
    half = [value // 2 for value in wall]
    return table | {"self_cpu": half, "total_wall": wall, "total_cpu": half}


def _columns(names: tuple[str, ...], rows: Sequence[tuple[int, ...]]) -> dict[str, Any]:
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}
