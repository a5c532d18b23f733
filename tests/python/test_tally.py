# SPDX-License-Identifier: MIT
from __future__ import annotations

import gc
import weakref

import pytest

import libprof


def test_it_begins_with_nothing_and_active() -> None:
    tally = libprof.Tally()
    assert (tally.active, tally.count, tally.wall_ns) == (True, 0, 0)
    tally.active = False
    assert not tally.active


def test_what_is_counted_is_not_for_others_to_change() -> None:
    tally = libprof.Tally()
    with pytest.raises(AttributeError):
        tally.count = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        tally.wall_ns = 5  # type: ignore[misc]
    with pytest.raises(TypeError):
        tally.active = "yes"  # type: ignore[assignment]


def test_subclasses_have_more_and_go_away() -> None:
    class Named(libprof.Tally):
        def __init__(self, name: str) -> None:
            self.name = name
            self.itself = self

    tally = Named("one")
    assert (tally.name, tally.active, tally.count) == ("one", True, 0)
    reference = weakref.ref(tally)
    del tally
    gc.collect()
    assert reference() is None
