# SPDX-License-Identifier: MIT
from __future__ import annotations

import pytest

from django_profiler import counters
from django_profiler.guard import guarded, report, warn_once
from django_profiler.reasons import Event


def test_a_failure_is_counted_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        with guarded("this"):
            raise ValueError("of this kind")
    with guarded("this"):
        raise KeyError("of another")
    assert counters.get(Event.INTERNAL_ERROR) == 4
    assert ["ValueError" in record.exc_text for record in caplog.records] == [True, False]


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_is_no_failure_passes(kind: type[BaseException]) -> None:
    with pytest.raises(kind), guarded("this"):
        raise kind
    assert counters.get(Event.INTERNAL_ERROR) == 0


def test_a_failure_may_have_a_counter_of_its_own() -> None:
    report("that", ValueError("x"), event=Event.STORE_ERROR)
    assert counters.snapshot() == {"store failed": 1}


def test_a_warning_is_given_once(caplog: pytest.LogCaptureFixture) -> None:
    warn_once("careful")
    warn_once("careful")
    assert [record.message for record in caplog.records] == ["careful"]
