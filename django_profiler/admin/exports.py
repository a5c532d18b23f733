# SPDX-License-Identifier: MIT
"""Profiles in the formats of other tools."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.text import slugify

from django_profiler.admin.documents import private
from django_profiler.models import Profile

_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Format:
    """How a format of `libprof.FORMATS` is presented and saved."""

    label: str
    suffix: str
    content_type: str = "application/octet-stream"


_KNOWN = {
    "speedscope": Format("speedscope", "speedscope.json", "application/json"),
    "collapsed": Format("Collapsed stacks", "collapsed.txt", "text/plain; charset=utf-8"),
    "callgrind": Format("Callgrind (KCachegrind)", "callgrind"),
    "pprof": Format("pprof", "pb.gz"),
    "pstats": Format("pstats (snakeviz)", "pstats"),
    "chrome": Format("Chrome trace (Perfetto)", "trace.json", "application/json"),
    "json": Format("Profile document", "json", "application/json"),
}


def format_of(name: str) -> Format:
    # A format that libprof has learnt since can still be downloaded.
    return _KNOWN.get(name, Format(name, name))


def offered() -> list[tuple[str, str]]:
    """Names and labels of what can be downloaded."""
    import libprof

    return [(name, format_of(name).label) for name in libprof.FORMATS]


def export(data: bytes, name: str) -> bytes:
    """The document in that format; raises `libprof.FormatError` when it is broken."""
    import libprof

    return libprof.Profile.from_bytes(data).export(name)


def download_response(profile: Profile, name: str, content: bytes) -> HttpResponse:
    known = format_of(name)
    response = private(HttpResponse(content, content_type=known.content_type))
    what = slugify(f"{profile.method} {profile.path.replace('/', ' ')}")[:_NAME_LENGTH]
    filename = f"{what}-{profile.pk.hex[:8]}.{known.suffix}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
