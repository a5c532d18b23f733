# SPDX-License-Identifier: MIT
"""What the page of a profile does beside the plain story."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.store import document, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.site import Site
    from tests.browser.watch import Watch

MS = 1_000_000
NAMES = [("outer", "python"), ("left", "python"), ("right", "python"), ("SELECT 1", "sql")]
NODES = [
    (-1, 0, 1, 0),
    (0, 1, 1, 1 * MS),
    (1, 2, 2, 6 * MS),
    (1, 3, 1, 3 * MS),
    (3, 4, 40, 2 * MS),
]
LARGE = 20_000


@pytest.fixture
def small(debug_site: Site) -> str:
    return debug_site.url(store(debug_site, document(NODES, NAMES)))


def frame(page: Page, name: str) -> str:
    return f'g.frame[name="{name}"]'


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('name')"))


def test_the_flame_graph_can_be_used_with_the_keyboard(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.goto(small)
    page.locator('g.frame[tabindex="0"]').focus()
    walk = []
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        walk.append(focused(page))
    assert walk == ["outer", "left", "right", "left", "outer"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".dp-note")).to_contain_text("Zoomed into left, 6.00 ms, 50.0%")
    page.keyboard.press("Escape")
    expect(page.locator("g.frame.fade")).to_have_count(0)


def test_a_frame_tells_its_numbers_under_the_pointer(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.goto(small)
    page.locator('g.frame[name="right"] rect').hover()
    tip = page.get_by_role("tooltip")
    expect(tip).to_be_visible()
    for text in ("right", "app.py:1", "5.00 ms (41.7%)", "3.00 ms (25.0%)"):
        expect(tip).to_contain_text(text)
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()


def test_widths_change_with_what_they_mean(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.goto(small)
    expect(page.locator('g.frame[name="left"]')).to_be_attached()
    page.locator(".dp-weight").select_option("sql")
    expect(page.locator('g.frame[name="left"]')).to_have_count(0)
    sql = page.locator('g.frame[name="SELECT 1"] rect')
    root = page.locator('g.frame[name="request"] rect')
    # The root is as wide as everything, once it has stopped moving.
    expect(sql).to_have_attribute("width", re.compile(r"^\d+$"))
    assert sql.get_attribute("width") == root.get_attribute("width")


def test_a_statement_that_repeats_is_pointed_out_and_leads_to_its_frame(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.goto(small)
    finding = page.locator(".dp-findings li").first
    expect(finding).to_contain_text("The same statement ran 40 times")
    finding.get_by_role("button", name="SELECT 1").click()
    expect(page.locator(".dp-panel:not([hidden]) .dp-matched")).to_have_text("16.7% in 1 frame")


def test_the_call_tree_can_be_used_with_the_keyboard(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.goto(f"{small}#tree")
    rows = page.locator(".dp-tree tbody tr")
    page.get_by_role("button", name="Close all").click()
    expect(rows).to_have_count(1)
    rows.first.focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(rows).to_have_count(4)
    assert rows.locator(".dp-name").all_inner_texts() == ["request", "outer", "left", "right"]
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(rows).to_have_count(1)


def test_the_functions_give_exact_numbers(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.goto(f"{small}#functions")
    cells = page.locator(".dp-functions tbody tr").first.locator("td").all_inner_texts()
    found = [re.sub(r"\s+", " ", cell).strip() for cell in cells]
    assert found == ["left app.py:1", "2", "6.00 ms 50.0%", "6.00 ms", "3.00 ms", "3.00 ms"]
    page.get_by_label("Whose code").select_option("sql")
    expect(page.locator(".dp-functions tbody tr")).to_have_count(1)


def test_tabs_follow_the_arrow_keys(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.goto(small)
    page.get_by_role("tab", name="Flame graph").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Call tree")).to_be_focused()
    expect(page.locator(".dp-tree")).to_be_visible()
    assert page.url.endswith("#tree")
    page.reload()
    expect(page.locator(".dp-tree")).to_be_visible()


@pytest.mark.parametrize("tab", ["flame", "timeline", "tree", "functions", "lines", "graph"])
def test_names_are_text_in_every_panel(
    tab: str, debug_site: Site, log_in: Callable[..., Page]
) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    names = [(hostile, "python"), (f"{hostile}2", "sql")]
    nodes = [(-1, 0, 1, 0), (0, 1, 1, MS), (1, 2, 90, MS)]
    data = document(nodes, names, lines=[(1, 7, 1, MS)], timeline=[(0, 1, MS), (0, 2, MS)])
    path = store(debug_site, data)
    page = log_in(debug_site)
    page.goto(f"{debug_site.url(path)}#{tab}")
    expect(page.locator(".dp-panel:not([hidden])")).not_to_be_empty()
    expect(page.locator(".dp-findings")).to_contain_text(hostile)
    if tab == "timeline":
        page.locator("canvas").press("ArrowDown")
        expect(page.locator(".dp-note")).to_contain_text(f"{hostile}2")
        expect(page.get_by_role("tooltip")).to_contain_text(f"{hostile}2")
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_a_large_profile_is_shown_quickly(debug_site: Site, log_in: Callable[..., Page]) -> None:
    generator = random.Random(7)
    names = [(f"module.function_{number}", "python") for number in range(400)]
    nodes, taken = [(-1, 0, 1, 0)], set()
    while len(nodes) < LARGE:
        place = (
            generator.randrange(max(0, len(nodes) - 500), len(nodes)),
            generator.randrange(1, 401),
        )
        if place not in taken:
            taken.add(place)
            nodes.append((*place, 3, generator.randrange(MS)))
    path = store(debug_site, document(nodes, names))
    page = log_in(debug_site)
    page.goto(debug_site.url(path))
    expect(page.locator("g.frame").first).to_be_visible()
    spent = page.evaluate(
        "performance.now() - performance.getEntriesByType('resource')"
        ".find((entry) => entry.name.endsWith('/document/')).responseEnd"
    )
    # Well under a second on a quiet machine.
    assert spent < 10_000
    for name in ("Call tree", "Functions", "Call graph"):
        page.get_by_role("tab", name=name).click()
        expect(page.locator(".dp-panel:not([hidden])")).not_to_be_empty()


@pytest.mark.parametrize("damage", ["no document", "not a profile"])
def test_a_broken_document_gets_a_page_in_the_admin(
    damage: str, debug_site: Site, watch: Watch, log_in: Callable[..., Page]
) -> None:
    data = {"no document": b"nonsense", "not a profile": document([(0, 9, 1, 0)], [])}[damage]
    path = store(debug_site, data)
    page = log_in(debug_site)
    page.goto(debug_site.url(path))
    expect(page.get_by_role("alert")).to_contain_text("cannot be read")
    expect(page.get_by_role("heading", name="GET /made/")).to_be_visible()
    expect(page.get_by_role("link", name="Delete")).to_be_visible()
    watch.expect("422")


def test_the_page_says_so_when_the_session_has_ended(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.route("**/document/", lambda route: (page.context.clear_cookies(), route.continue_()))
    page.goto(small)
    expect(page.get_by_role("alert")).to_contain_text("no longer logged in")


def test_the_page_says_so_when_the_server_is_gone(
    debug_site: Site, small: str, watch: Watch, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.route("**/document/", lambda route: route.abort())
    page.goto(small)
    expect(page.get_by_role("alert")).to_contain_text("could not be fetched")
    watch.expect("ERR_FAILED")


def test_without_javascript_the_functions_are_there(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site, java_script_enabled=False)
    page.goto(small)
    expect(page.get_by_role("cell", name="left")).to_be_visible()
    expect(page.locator("#content-main .errornote")).to_contain_text("need JavaScript")
    expect(page.locator(".dp-loading")).to_be_hidden()


def test_the_theme_of_the_admin_colours_the_frames(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    fill = "getComputedStyle(document.querySelector('g.frame[name=left] rect')).fill"
    page = log_in(debug_site)
    page.goto(small)
    expect(page.locator('g.frame[name="left"]')).to_be_attached()
    light = page.evaluate(fill)
    # The button goes from automatic to the other theme, without loading the page again.
    page.get_by_role("button", name="Toggle theme").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(fill) != light


def test_a_narrow_window_after_a_wide_one_keeps_everything_inside(
    debug_site: Site, small: str, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site)
    page.goto(small)
    expect(page.locator("g.frame").first).to_be_visible()
    wide = page.locator(".dp-flame svg").get_attribute("width") or ""
    page.set_viewport_size({"width": 500, "height": 800})
    expect(page.locator(".dp-flame svg")).not_to_have_attribute("width", wide)
    assert float(page.locator(".dp-flame svg").get_attribute("width") or 0) < float(wide) / 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
