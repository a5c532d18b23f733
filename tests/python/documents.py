# SPDX-License-Identifier: MIT
"""Profiles with known numbers: from a table of paths, by way of the document."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import libprof

#: Calls, self wall and self CPU time of a path of names, "" being the root.
Rows = Mapping[str, tuple[int, int, int]]

#: Direct and mutual recursion, a builtin without a file, and a path without CPU time.
RECURSIVE: Rows = {
    "": (1, 7, 0),
    "f": (1, 1_000, 1_000),
    "f/f": (2, 500, 400),
    "f/g": (3, 20_000, 0),
    "f/g/f": (4, 30, 30),
    "f/g/f/g": (5, 600, 600),
    "f/g/time.sleep": (6, 9_000, 10),
    "g": (1, 40, 40),
    "<lambda>": (1, 5, 5),
}

#: Lines of f and g, the first two frames of RECURSIVE.
LINES = {
    "frame": [2, 1, 2],
    "line": [21, 11, 20],
    "samples": [3, 0, 4],
    "self_wall": [600, 0, 20_000],
    "self_cpu": [600, 0, 1],
    "total_wall": [700, 9_000, 30_000],
    "total_cpu": [650, 10, 2],
}


def document_of(rows: Rows, **members: Any) -> dict[str, Any]:
    """The document, not yet JSON. A name with a dot is a builtin; lines are where names begin."""
    names = list(dict.fromkeys(path.rsplit("/", 1)[-1] for path in rows if path))
    paths = list(rows)
    columns = list(zip(*rows.values(), strict=True))
    strings = ["", "<root>", "root", "python", "builtin", "/srv/app.py", *names]
    builtin = ["." in name for name in names]
    return {
        "schema": "libprof.profile/1",
        "engine": "trace",
        "name": "GET /",
        "started": "2026-11-24T10:00:00.250000Z",
        "wall_ns": sum(columns[1]),
        "cpu_ns": sum(columns[2]),
        "strings": strings,
        "frames": {
            "name": [1, *(6 + index for index in range(len(names)))],
            "file": [0, *(0 if is_builtin else 5 for is_builtin in builtin)],
            "line": [0, *(0 if b else 10 * n for n, b in enumerate(builtin, 1))],
            "kind": [2, *(4 if is_builtin else 3 for is_builtin in builtin)],
        },
        "nodes": {
            "parent": [-1, *(paths.index(path.rpartition("/")[0]) for path in paths[1:])],
            "frame": [0, *(1 + names.index(path.rsplit("/", 1)[-1]) for path in paths[1:])],
            "calls": columns[0],
            "self_wall": columns[1],
            "self_cpu": columns[2],
            "await": [0] * len(rows),
            "samples": [0] * len(rows),
        },
        "metadata": {},
        "counters": {},
        **members,
    }


def pack(document: Any) -> bytes:
    return gzip.compress(json.dumps(document).encode(), 1)


def profile_from(rows: Rows, **members: Any) -> libprof.Profile:
    return libprof.Profile.from_bytes(pack(document_of(rows, **members)))
