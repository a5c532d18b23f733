# SPDX-License-Identifier: MIT
"""Records made without a request."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django_profiler.records import Facts, Record, Sealed, seal

MOMENT = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


def make_facts(**changes: Any) -> Facts:
    facts = Facts(
        id=uuid.uuid4(),
        created=MOMENT,
        route="products/<slug:slug>/",
        view_name="product",
        method="GET",
        path="/products/tea/",
        query_string="",
        status=200,
        engine="trace",
        trigger="parameter",
        user=None,
        wall_ns=2_000_000,
        cpu_ns=1_000_000,
        sql_count=3,
        sql_ns=500_000,
        outcome="finished",
    )
    return replace(facts, **changes)


def make_profile(name: str = "") -> Any:
    import libprof

    with libprof.Profiler(engine="trace", name=name) as profiler:
        sum(range(10))
    return profiler.profile


def make_record(**changes: Any) -> Record:
    return Record(make_facts(**changes), make_profile())


def make_sealed(**changes: Any) -> Sealed:
    return seal(make_record(**changes))
