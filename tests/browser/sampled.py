# SPDX-License-Identifier: MIT
"""A small sampled profile, and where its rectangles are on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.store import document

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Locator, Page

MS = 1_000_000
NAMES = [("outer", "python"), ("left", "python"), ("right", "python"), ("SELECT 1", "sql")]
NODES = [
    (-1, 0, 0, 0),
    (0, 1, 0, 20 * MS),
    (1, 2, 0, 40 * MS),
    (1, 3, 0, 30 * MS),
    (3, 4, 0, 10 * MS),
]
#: frame, line, samples, self wall
LINES = [(1, 4, 20, 20 * MS), (2, 31, 10, 10 * MS), (2, 27, 30, 30 * MS), (3, 8, 40, 40 * MS)]
#: Of 100 ms: outer, in it left, right with a statement, left; then nothing; outer once more.
ONE_THREAD = [
    (0, 1, 10 * MS),
    (0, 2, 20 * MS),
    (0, 3, 20 * MS),
    (0, 4, 10 * MS),
    (0, 2, 20 * MS),
    (0, 0, 10 * MS),
    (0, 1, 10 * MS),
]
TWO_THREADS = [*ONE_THREAD, (1, 0, 50 * MS), (1, 3, 50 * MS)]
WHOLE_MS = 100

# As frontend/src/model/bands.js and ui/timeline-paint.js lay them out.
AXIS, TITLE, ROW, GAP = 24, 22, 20, 10


def sampled(slices: list[tuple[int, int, int]] = ONE_THREAD) -> bytes:
    return document(NODES, NAMES, lines=LINES, timeline=slices)


@dataclass(frozen=True)
class Timeline:
    """The panel as a person finds it."""

    page: Page

    @property
    def canvas(self) -> Locator:
        return self.page.locator(".dp-timeline-canvas")

    @property
    def note(self) -> Locator:
        return self.page.locator("#dp-panel-timeline .dp-note")

    @property
    def range(self) -> Locator:
        return self.page.locator("#dp-panel-timeline .dp-matched")

    @property
    def box(self) -> FloatRect:
        box = self.canvas.bounding_box()
        assert box is not None
        return box

    def x(self, ms: float) -> float:
        """Where this time is when everything is shown."""
        return self.box["x"] + self.box["width"] * ms / WHOLE_MS

    def y(self, level: int, *, above: int = 0) -> float:
        """The middle of a level; `above` is how high the tracks above it are."""
        return self.box["y"] + AXIS + above + level * ROW + ROW / 2

    def point(self, ms: float, level: int, *, above: int = 0) -> None:
        self.page.mouse.move(self.x(ms), self.y(level, above=above))

    def expect_everything(self) -> None:
        expect(self.range).to_have_text("")
