# SPDX-License-Identifier: MIT
"""The timeline of a sampled profile."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.sampled import GAP, MS, ROW, TITLE, TWO_THREADS, Timeline, sampled
from tests.browser.store import document, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.site import Site

LARGE, DEEP = 100_000, 60


@pytest.fixture(scope="module")
def one_thread(debug_site: Site) -> str:
    return debug_site.url(store(debug_site, sampled())) + "#timeline"


@pytest.fixture
def timeline(debug_site: Site, one_thread: str, log_in: Callable[..., Page]) -> Timeline:
    return opened(log_in(debug_site), one_thread)


def opened(page: Page, address: str) -> Timeline:
    page.goto(address)
    found = Timeline(page)
    expect(found.canvas).to_be_visible()
    return found


def test_rectangles_stand_where_and_when_they_ran(timeline: Timeline) -> None:
    tip = timeline.page.get_by_role("tooltip")
    for ms, level, texts in (
        (5, 0, ("outer", "app.py:1", "80.0 ms (80.0%)", "Start0")),
        (79, 0, ("outer", "80.0 ms")),
        (95, 0, ("outer", "10.0 ms (10.0%)", "Start90.0 ms")),
        (20, 1, ("left", "20.0 ms", "Start10.0 ms")),
        (55, 1, ("right", "30.0 ms", "Start30.0 ms")),
        (55, 2, ("SELECT 1", "10.0 ms", "Start50.0 ms")),
        (65, 1, ("left", "Start60.0 ms")),
    ):
        timeline.point(ms, level)
        for text in texts:
            expect(tip).to_contain_text(text)
        expect(tip).not_to_contain_text("Thread")
    for ms, level in ((85, 0), (5, 1), (40, 2)):
        timeline.point(ms, level)
        expect(tip).to_be_hidden()


def test_a_click_zooms_and_escape_and_reset_go_back(timeline: Timeline) -> None:
    page = timeline.page
    page.mouse.click(timeline.x(40), timeline.y(1))
    expect(timeline.note).to_contain_text(
        "Zoomed into right, app.py:1, duration 30.0 ms (30.0%), start 30.0 ms"
    )
    expect(timeline.range).to_have_text("30.0 ms – 60.0 ms")
    # What had two tenths of the width has two thirds of it now.
    timeline.point(60, 2)
    expect(page.get_by_role("tooltip")).to_be_hidden()
    timeline.point(70, 2)
    expect(page.get_by_role("tooltip")).to_contain_text("SELECT 1")
    page.keyboard.press("Escape")
    timeline.expect_everything()
    page.mouse.click(timeline.x(95), timeline.y(0))
    expect(timeline.range).to_have_text("90.0 ms – 100 ms")
    page.get_by_role("button", name="Reset", exact=True).click()
    timeline.expect_everything()


def test_the_keyboard_moves_zooms_and_tells(timeline: Timeline) -> None:
    page = timeline.page
    page.locator("#dp-panel-timeline").get_by_role("button", name="Reset").focus()
    page.keyboard.press("Tab")
    expect(timeline.canvas).to_be_focused()
    expect(timeline.note).to_contain_text("outer, app.py:1, duration 80.0 ms (80.0%), start 0")
    walk = []
    for key in (
        "ArrowDown",
        "ArrowRight",
        "ArrowDown",
        "ArrowUp",
        "ArrowRight",
        "ArrowUp",
        "ArrowRight",
    ):
        page.keyboard.press(key)
        walk.append(timeline.note.inner_text().split(",")[0])
    assert walk == ["left", "right", "SELECT 1", "right", "left", "outer", "outer"]
    expect(page.get_by_role("tooltip")).to_contain_text("90.0 ms")
    page.keyboard.press("Enter")
    expect(timeline.range).to_have_text("90.0 ms – 100 ms")
    # The one before it is not on the screen.
    page.keyboard.press("ArrowLeft")
    expect(timeline.range).to_have_text("0 – 10.0 ms")
    page.keyboard.press("Escape")
    timeline.expect_everything()
    page.keyboard.press("+")
    expect(timeline.range).to_contain_text(" – ")
    page.keyboard.press("-")
    timeline.expect_everything()


def test_the_wheel_zooms_around_the_pointer_only_with_ctrl(timeline: Timeline) -> None:
    page = timeline.page
    timeline.point(50, 0)
    page.mouse.wheel(0, -100)
    timeline.expect_everything()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -277.26)  # to a half
    page.keyboard.up("Control")
    expect(timeline.range).to_have_text("25.0 ms – 75.0 ms")
    assert page.evaluate("devicePixelRatio") == 1


def test_dragging_moves_and_is_no_click(timeline: Timeline) -> None:
    page = timeline.page
    page.get_by_role("button", name="Zoom in").click()
    expect(timeline.range).to_have_text("25.0 ms – 75.0 ms")
    timeline.point(60, 0)
    page.mouse.down()
    page.mouse.move(timeline.x(40), timeline.y(0), steps=4)
    page.mouse.up()
    # A fifth of what is shown.
    expect(timeline.range).to_have_text("35.0 ms – 85.0 ms")
    expect(timeline.note).to_contain_text("Click a rectangle")
    page.mouse.down()
    page.mouse.move(timeline.x(1), timeline.y(0), steps=4)
    page.mouse.up()
    expect(timeline.range).to_have_text("50.0 ms – 100 ms")


def test_threads_have_bands_of_their_own(debug_site: Site, log_in: Callable[..., Page]) -> None:
    address = debug_site.url(store(debug_site, sampled(TWO_THREADS))) + "#timeline"
    timeline = opened(log_in(debug_site), address)
    page = timeline.page
    tip = page.get_by_role("tooltip")
    timeline.point(20, 1, above=TITLE)
    expect(tip).to_contain_text("left")
    expect(tip).to_contain_text("Thread1")
    second = TITLE + 3 * ROW + GAP + TITLE
    timeline.point(75, 1, above=second)
    expect(tip).to_contain_text("right")
    expect(tip).to_contain_text("Thread2")
    timeline.point(25, 1, above=second)
    expect(tip).to_be_hidden()
    timeline.canvas.focus()
    # Down to the leaf, and on in the next thread.
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(timeline.note).to_contain_text("thread 2")


def test_details_can_be_left_out(timeline: Timeline) -> None:
    page = timeline.page
    detail = page.locator("#dp-panel-timeline .dp-detail")
    for choice in ("own", "all", "condensed"):
        detail.select_option(choice)
        timeline.point(55, 2)
        expect(page.get_by_role("tooltip")).to_contain_text("SELECT 1")
        page.mouse.move(0, 0)


def test_without_timeline_and_lines_there_are_no_such_tabs(
    debug_site: Site, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    traced = document([(-1, 0, 1, 0), (0, 1, 1, MS)], [("outer", "python")])
    page.goto(debug_site.url(store(debug_site, traced)) + "#timeline")
    expect(page.get_by_role("tab")).to_have_text(
        ["Flame graph", "Call tree", "Functions", "Call graph"]
    )
    expect(page.get_by_role("tab", selected=True)).to_have_text("Flame graph")


def test_a_theme_that_changes_changes_the_colours(timeline: Timeline) -> None:
    page = timeline.page
    # The lower edge of a rectangle, where no text is.
    color = f"""() => {{
      const canvas = document.querySelector('.dp-timeline-canvas');
      return [...canvas.getContext('2d').getImageData(canvas.width / 3, {24 + ROW - 4}, 1, 1).data].join();
    }}"""
    light = page.evaluate(color)
    assert light.endswith(",255")
    page.get_by_role("button", name="Toggle theme").first.click()
    page.wait_for_function(f"({color})() !== {light!r}")
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(color)
    assert dark != light


def test_nothing_moves_for_those_who_want_no_movement(
    debug_site: Site, one_thread: str, log_in: Callable[..., Page]
) -> None:
    zoom = """() => {
      document.querySelector("#dp-panel-timeline [aria-label='Zoom in']").click();
      return document.querySelector('#dp-panel-timeline .dp-matched').textContent;
    }"""
    assert opened(log_in(debug_site), one_thread).page.evaluate(zoom) == ""
    still = opened(log_in(debug_site, reduced_motion="reduce"), one_thread)
    assert still.page.evaluate(zoom) == "25.0 ms – 75.0 ms"


def test_it_is_sharp_and_fits_on_a_narrow_screen(
    debug_site: Site, one_thread: str, log_in: Callable[..., Page]
) -> None:
    screen = {"width": 360, "height": 700}
    timeline = opened(log_in(debug_site, viewport=screen, device_scale_factor=3), one_thread)
    page = timeline.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert int(timeline.canvas.get_attribute("width") or 0) == round(3 * timeline.box["width"])
    page.set_viewport_size({"width": 700, "height": 700})
    expect(timeline.canvas).to_have_attribute("width", re.compile(r"^20\d\d$"))
    timeline.canvas.scroll_into_view_if_needed()
    timeline.point(55, 2)
    expect(page.get_by_role("tooltip")).to_contain_text("SELECT 1")


def test_a_timeline_that_is_higher_than_the_window_stays_in_view(
    debug_site: Site, log_in: Callable[..., Page]
) -> None:
    names = [(f"level_{number}", "python") for number in range(DEEP)]
    nodes = [(-1, 0, 0, 0), *((number, number + 1, 0, MS) for number in range(DEEP))]
    path = store(debug_site, document(nodes, names, lines=[], timeline=[(0, DEEP, DEEP * MS)]))
    timeline = opened(log_in(debug_site), f"{debug_site.url(path)}#timeline")
    page = timeline.page
    expect(page.get_by_role("tab", name="Lines")).to_have_count(0)
    timeline.canvas.focus()
    for _ in range(DEEP - 1):
        page.keyboard.press("ArrowDown")
    expect(timeline.note).to_contain_text("level_59")
    assert -2 * ROW < timeline.box["y"] <= 0
    assert timeline.box["height"] <= page.evaluate("innerHeight")
    bottom = page.locator(".dp-timeline").bounding_box()
    assert bottom is not None
    page.mouse.move(timeline.x(50), bottom["y"] + bottom["height"] - ROW / 2)
    expect(page.get_by_role("tooltip")).to_contain_text("level_59")


def test_a_large_timeline_stays_fluid(debug_site: Site, log_in: Callable[..., Page]) -> None:
    path = store(debug_site, large())
    timeline = opened(log_in(debug_site), f"{debug_site.url(path)}#timeline")
    timeline.page.locator("#dp-panel-timeline .dp-detail").select_option("all")
    spent = timeline.page.evaluate("""async () => {
      const canvas = document.querySelector('.dp-timeline-canvas');
      const { left, top } = canvas.getBoundingClientRect();
      const shown = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const start = performance.now();
      for (let i = 0; i < 30; i++) {
        const wheel = { ctrlKey: true, deltaY: -100, clientX: left + 300, clientY: top + 50, cancelable: true };
        canvas.dispatchEvent(new WheelEvent('wheel', wheel));
        await shown();
      }
      return performance.now() - start;
    }""")
    # A second or two on a quiet machine.
    assert spent < 15_000
    timeline.canvas.focus()
    timeline.page.keyboard.press("ArrowDown")
    expect(timeline.note).to_contain_text("function_")


def large() -> bytes:
    """Slices that all differ from their neighbours, each on a path of its own for some levels."""
    generator = random.Random(7)
    names = [(f"module.function_{number}", "python") for number in range(400)]
    nodes, known, leaves = [(-1, 0, 0, 0)], {}, []
    while len(nodes) < 60_000:
        node = 0
        for level in range(DEEP):
            place = (node, 1 + (level * 7 + generator.randrange(3 if level % 6 == 0 else 1)) % 400)
            if place not in known:
                known[place] = len(nodes)
                nodes.append((*place, 0, MS))
            node = known[place]
        leaves.append(node)
    slices = [(0, leaves[i % len(leaves)], 1000 + generator.randrange(MS)) for i in range(LARGE)]
    return document(nodes, names, lines=[], timeline=slices)
