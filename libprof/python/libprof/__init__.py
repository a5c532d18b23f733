# SPDX-License-Identifier: MIT
"""A profiler of Python in C: exact call trees with wall and CPU time.

with libprof.Profiler() as profiler:
    work()
for function in profiler.profile.functions()[:10]:
    print(function.name, function.self_wall_ns)
"""

from __future__ import annotations

from libprof._native import SpanCalls, Tally, hide, span
from libprof.diff import DeltaNode, ProfileDiff, diff
from libprof.profile import (
    FORMATS,
    FormatError,
    Frame,
    FunctionStats,
    LineStats,
    Node,
    Profile,
    TimeSlice,
    merge,
)
from libprof.profiler import DEFAULT_MAX_NODES, DEFAULT_MAX_SAMPLES, Profiler, profiled
from libprof.sampling import use_signal
from libprof.watcher import Watcher

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_MAX_NODES",
    "DEFAULT_MAX_SAMPLES",
    "FORMATS",
    "DeltaNode",
    "FormatError",
    "Frame",
    "FunctionStats",
    "LineStats",
    "Node",
    "Profile",
    "ProfileDiff",
    "Profiler",
    "SpanCalls",
    "Tally",
    "TimeSlice",
    "Watcher",
    "diff",
    "hide",
    "merge",
    "profiled",
    "span",
    "use_signal",
]

# The profiler's own Python code melts into its callers.
hide(__file__.rpartition("/")[0] + "/")
