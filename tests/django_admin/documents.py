# SPDX-License-Identifier: MIT
"""Profile documents, written by hand."""

from __future__ import annotations

import gzip
import json
from typing import Any

STATEMENT = "SELECT secret FROM shop_product WHERE id = %s"
STRINGS = ["", "shop.views.index", "/srv/shop/views.py", STATEMENT, "root", "python", "sql"]


def document() -> dict[str, Any]:
    """A view of 7 ms that runs one statement twice, which takes 4 ms."""
    return {
        "schema": "libprof.profile/1",
        "engine": "trace",
        "name": "",
        "started": "2026-11-24T10:00:00.000000Z",
        "wall_ns": 7_000_000,
        "cpu_ns": 3_000_000,
        "strings": list(STRINGS),
        "frames": {"name": [0, 1, 3], "file": [0, 2, 0], "line": [0, 12, 0], "kind": [4, 5, 6]},
        "nodes": {
            "parent": [-1, 0, 1],
            "frame": [0, 1, 2],
            "calls": [1, 1, 2],
            "self_wall": [0, 3_000_000, 4_000_000],
            "self_cpu": [0, 2_500_000, 500_000],
            "await": [0, 0, 0],
            "samples": [0, 0, 0],
        },
        "metadata": {},
        "counters": {},
    }


def sampled() -> dict[str, Any]:
    """The same with times by line and a timeline, in both of which the statement takes part."""
    return document() | {
        "engine": "sample",
        "lines": {
            "frame": [1, 2],
            "line": [14, 0],
            "samples": [3, 4],
            "self_wall": [3_000_000, 4_000_000],
            "self_cpu": [2_500_000, 500_000],
            "total_wall": [7_000_000, 4_000_000],
            "total_cpu": [3_000_000, 500_000],
        },
        "timeline": {
            "track": [0, 0, 0],
            "node": [1, 2, 1],
            "wall": [1_000_000, 4_000_000, 2_000_000],
        },
    }


def packed(content: dict[str, Any] | None = None) -> bytes:
    return gzip.compress(json.dumps(content or document()).encode(), mtime=0)


def unpacked(data: bytes) -> dict[str, Any]:
    return json.loads(gzip.decompress(data))
