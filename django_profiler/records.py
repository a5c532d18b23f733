# SPDX-License-Identifier: MIT
"""A finished profile on its way from the request to the store."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django_profiler.limits import DOCUMENT_BYTES

if TYPE_CHECKING:
    import libprof

UNRESOLVED = "(no route)"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored of a request beside its profile. `user` is a primary key, as text."""

    id: uuid.UUID
    created: datetime
    route: str
    view_name: str
    method: str
    path: str
    query_string: str
    status: int | None
    engine: str
    trigger: str
    user: str | None
    wall_ns: int
    cpu_ns: int
    sql_count: int
    sql_ns: int
    outcome: str
    truncated: str = ""


@dataclass(slots=True)
class Record:
    """Facts and profile, handed to the writer thread; `done` tells that it was dealt with."""

    facts: Facts
    profile: libprof.Profile
    stored: bool = False
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Facts and document: what is stored or spooled. None stands for a document too large."""

    facts: Facts
    document: bytes | None

    def to_bytes(self) -> bytes:
        head = {name: getattr(self.facts, name) for name in Facts.__slots__}
        head["id"] = str(self.facts.id)
        head["created"] = self.facts.created.astimezone(UTC).isoformat()
        head["version"] = _VERSION
        head["document"] = None if self.document is None else len(self.document)
        return json.dumps(head).encode() + b"\n" + (self.document or b"")

    @classmethod
    def from_bytes(cls, data: bytes) -> Sealed:
        """Raises ValueError for anything that `to_bytes` did not write."""
        line, separator, document = data.partition(b"\n")
        head = json.loads(line)
        if not separator or not isinstance(head, dict) or head.pop("version", None) != _VERSION:
            raise ValueError("not a spooled profile of this version")
        length = head.pop("document", -1)
        if (length or 0) != len(document):
            raise ValueError("a truncated document")
        return cls(_facts(head), None if length is None else document)


def seal(record: Record) -> Sealed:
    """Serialise; slow, so this is work for the writer thread."""
    document = record.profile.to_bytes()
    if len(document) <= DOCUMENT_BYTES:
        return Sealed(record.facts, document)
    values = {name: getattr(record.facts, name) for name in Facts.__slots__}
    values["truncated"] = f"the document, for its size of {len(document)} bytes"
    return Sealed(Facts(**values), None)


def clean(text: Any, length: int) -> str:
    """Text that every database takes: no NUL, no lone surrogates, not too long."""
    result = str(text)
    if not result.isascii() or "\0" in result:
        result = result.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return result[:length]


def clean_key(text: Any, length: int) -> str:
    """Like `clean`, but two long texts that begin alike stay apart."""
    result = clean(text, len(str(text)))
    if len(result) <= length:
        return result
    digest = hashlib.sha256(result.encode()).hexdigest()[:12]
    return f"{result[: length - 13]}~{digest}"


def _facts(head: dict[str, Any]) -> Facts:
    try:
        head["id"] = uuid.UUID(head["id"])
        head["created"] = datetime.fromisoformat(head["created"])
        facts = Facts(**head)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not the facts of a profile") from error
    numbers = (facts.wall_ns, facts.cpu_ns, facts.sql_count, facts.sql_ns)
    texts = (facts.route, facts.view_name, facts.method, facts.path, facts.query_string)
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise ValueError("wrong numbers")
    if not all(isinstance(text, str) for text in texts) or facts.created.tzinfo is None:
        raise ValueError("wrong texts")
    return facts
