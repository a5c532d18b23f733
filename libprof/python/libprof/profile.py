# SPDX-License-Identifier: MIT
"""Profiles as Python sees them: frames, nodes, functions, lines, documents."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from libprof import _native, pstats_format

#: What Profile.export can write.
FORMATS = ("speedscope", "collapsed", "callgrind", "pprof", "pstats", "chrome", "json")

#: Larger documents are refused before they are parsed; a profile of 200,000 nodes has 20 MB.
MAX_DOCUMENT_BYTES = 256 << 20

#: Level 6 packs a large page's document to a sixth in about 10 ms; 9 takes thrice as long for 5 %.
_GZIP_LEVEL = 6


class FormatError(ValueError):
    """The bytes are not a valid profile document; the text names what is wrong."""


class Frame(NamedTuple):
    """What stands in a stack: code, by its qualified name and where it begins."""

    name: str
    file: str
    line: int
    kind: str


class FunctionStats(NamedTuple):
    """All nodes of one frame. Times are in ns; recursion counts once in totals."""

    name: str
    file: str
    line: int
    kind: str
    calls: int
    self_wall_ns: int
    total_wall_ns: int
    self_cpu_ns: int
    total_cpu_ns: int
    await_ns: int
    samples: int


class LineStats(NamedTuple):
    """One executed line of one frame. Times are in ns; totals include what the line called.

    Samples are those that found it as the innermost line; recursion counts once in totals.
    """

    frame: Frame
    line: int
    samples: int
    self_wall_ns: int
    self_cpu_ns: int
    total_wall_ns: int
    total_cpu_ns: int


class TimeSlice(NamedTuple):
    """What one thread did for some time. Times are in ns from the beginning of the session."""

    track: int
    start_ns: int
    wall_ns: int
    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One path from the root. total = self + the children's totals, exactly; times in ns.

    The profiler's own cost is taken out of wall and CPU times; the raw ones still have it, and so has `await_ns`,
    which is what passed on the clock.
    """

    frame: Frame
    calls: int
    self_wall_ns: int
    total_wall_ns: int
    self_cpu_ns: int
    total_cpu_ns: int
    await_ns: int
    samples: int
    children: tuple[Node, ...]
    overhead_ns: int = 0
    total_overhead_ns: int = 0

    @property
    def raw_self_wall_ns(self) -> int:
        return self.self_wall_ns + self.overhead_ns

    @property
    def raw_total_wall_ns(self) -> int:
        return self.total_wall_ns + self.total_overhead_ns

    @property
    def raw_self_cpu_ns(self) -> int:
        return self.self_cpu_ns + self.overhead_ns

    @property
    def raw_total_cpu_ns(self) -> int:
        return self.total_cpu_ns + self.total_overhead_ns

    def __repr__(self) -> str:
        return f"<Node {self.frame.name} calls={self.calls} total_wall_ns={self.total_wall_ns}>"


class Profile:
    """The immutable result of a session."""

    __slots__ = ("__dict__", "_native")

    def __init__(self, native: _native.Profile) -> None:
        self._native = native

    @cached_property
    def _summary(self) -> tuple[str, str, str, str, int, int, int, dict[str, int]]:
        return self._native.summary()

    @property
    def name(self) -> str:
        return self._summary[0]

    @property
    def engine(self) -> str:
        return self._summary[1]

    @property
    def started(self) -> str:
        """When the session began, ISO-8601 in UTC; "" if unknown."""
        return self._summary[2]

    @property
    def metadata(self) -> dict[str, Any]:
        """What the session was given, as JSON gives it back. A new dict each time."""
        metadata: dict[str, Any] = json.loads(self._summary[3])
        return metadata

    @property
    def wall_ns(self) -> int:
        """From start to stop, without the profiler's own cost."""
        return self._summary[4]

    @property
    def cpu_ns(self) -> int:
        """CPU time of the session's work in all threads, without the profiler's own cost."""
        return self._summary[5]

    @property
    def overhead_ns(self) -> int:
        """By how much the profiler lengthened the session, as far as it can tell."""
        return self._summary[6]

    @property
    def raw_wall_ns(self) -> int:
        """What passed on the clock from start to stop."""
        return self.wall_ns + self.overhead_ns

    @property
    def raw_cpu_ns(self) -> int:
        """CPU time of the session's work together with that of the profiler."""
        return self.cpu_ns + self.root.total_overhead_ns

    @property
    def counters(self) -> dict[str, int]:
        """What the profiler says about itself; docs/format.md explains each."""
        return dict(self._summary[7])

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        return tuple(Frame(*frame) for frame in self._native.frames())

    @cached_property
    def _nodes(self) -> list[Node]:
        return _build_nodes(self.frames, self._native.nodes())

    @property
    def root(self) -> Node:
        """The calling-context tree."""
        return self._nodes[0]

    def functions(self) -> list[FunctionStats]:
        """Per function over the whole tree, heaviest self wall time first."""
        frames = self.frames
        return [FunctionStats(*frames[row[0]], *row[1:]) for row in self._native.functions()]

    def lines(self) -> list[LineStats]:
        """Per line of a frame, heaviest self wall time first. Only sampling records lines."""
        frames = self.frames
        lines = [LineStats(frames[row[0]], *row[1:]) for row in self._native.lines()]
        lines.sort(key=lambda line: (-line.self_wall_ns, line.frame, line.line))
        return lines

    def timeline(self) -> list[TimeSlice]:
        """What each thread did one after another: track by track, in the order of time.

        A node's slice lasts until another node was found running; the root's are times in which nothing of the
        session ran. Only sampling keeps a timeline, and merged profiles have none. Past `max_samples` slices it
        is thinned evenly.
        """
        slices: list[TimeSlice] = []
        for track, node, wall_ns in self._native.timeline():
            goes_on = slices and slices[-1].track == track
            start_ns = slices[-1].start_ns + slices[-1].wall_ns if goes_on else 0
            slices.append(TimeSlice(track, start_ns, wall_ns, self._nodes[node]))
        return slices

    def to_bytes(self) -> bytes:
        """The document, gzip'd JSON (docs/format.md). Equal profiles give equal bytes."""
        return gzip.compress(self._native.document(), _GZIP_LEVEL, mtime=0)

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Reads what to_bytes wrote. FormatError for anything else."""
        try:
            return cls(_native.read(_decompress(bytes(data))))
        except FormatError:
            raise
        except ValueError as error:
            raise FormatError(str(error)) from None

    def export(self, format: str) -> bytes:
        """Writes one of FORMATS; ValueError for others."""
        if format == "json":
            return self._native.document()
        if format == "pstats":
            return pstats_format.export(self)
        if format not in FORMATS:
            raise ValueError(f"unknown export format {format!r}: use one of {', '.join(FORMATS)}")
        exported = self._native.export(format)
        return gzip.compress(exported, _GZIP_LEVEL, mtime=0) if format == "pprof" else exported

    def __repr__(self) -> str:
        return f"<Profile {self.name!r} {self.engine} wall_ns={self.wall_ns}>"


def _build_nodes(frames: tuple[Frame, ...], rows: list[tuple[int, ...]]) -> list[Node]:
    # Parents come before children, so backwards every node's children are ready when it is made.
    children: list[list[Node]] = [[] for _ in rows]
    nodes: list[Node] = []
    for index in range(len(rows) - 1, -1, -1):
        node = _make_node(frames, rows[index], children[index])
        nodes.append(node)
        if index > 0:
            children[rows[index][0]].append(node)
    nodes.reverse()
    return nodes


def _make_node(
    frames: tuple[Frame, ...], row: tuple[int, ...], reversed_children: list[Node]
) -> Node:
    frame, calls, self_wall, total_wall, self_cpu, total_cpu, await_ns, samples = row[1:9]
    return Node(
        frame=frames[frame],
        calls=calls,
        self_wall_ns=self_wall,
        total_wall_ns=total_wall,
        self_cpu_ns=self_cpu,
        total_cpu_ns=total_cpu,
        await_ns=await_ns,
        samples=samples,
        children=tuple(reversed(reversed_children)),
        overhead_ns=row[9],
        total_overhead_ns=row[10],
    )


def _decompress(data: bytes) -> bytes:
    """Unpacks gzip, but never more than MAX_DOCUMENT_BYTES: a small file may unpack to gigabytes."""
    decompressor = zlib.decompressobj(wbits=31)
    try:
        document = decompressor.decompress(data, MAX_DOCUMENT_BYTES + 1)
    except zlib.error as error:
        raise FormatError(f"the data is not gzip: {error}") from None
    if len(document) > MAX_DOCUMENT_BYTES:
        raise FormatError(f"the document unpacks to more than {MAX_DOCUMENT_BYTES} bytes")
    if not decompressor.eof:
        raise FormatError("the data ends early")
    if decompressor.unused_data:
        raise FormatError(f"{len(decompressor.unused_data)} bytes follow the document")
    return document


def merge(profiles: Iterable[Profile]) -> Profile:
    """Adds profiles path by path. Associative and commutative."""
    return Profile(_native.merge([profile._native for profile in profiles]))
