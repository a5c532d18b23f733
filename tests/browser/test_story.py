# SPDX-License-Identifier: MIT
"""From the request to the place where its time went, as a person does it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.site import Site

STORED_SECONDS = 30
DEEP = 60
LOOKS = {
    "light-wide": {"color_scheme": "light", "viewport": WIDE},
    "dark-wide": {"color_scheme": "dark", "viewport": WIDE},
    "light-narrow": {"color_scheme": "light", "viewport": NARROW},
    "dark-narrow": {"color_scheme": "dark", "viewport": NARROW},
}


def profile_products(page: Page, site: Site, how: str = "1") -> str:
    """Visit the products with ?profile=1, or another method; the key of the profile."""
    if not site.debug:
        page.get_by_role("button", name="Profile this browser").click()
        expect(page.get_by_role("button", name="Stop profiling this browser")).to_be_visible()
    response = page.goto(site.url(f"/products/?profile={how}"))
    assert response is not None
    key = response.headers["x-profile-id"]
    expect(page.get_by_role("heading").first).to_be_visible()
    return key


def open_from_the_top_of_the_list(page: Page, site: Site, key: str) -> None:
    # Storing begins after the response: ask again until it is done.
    deadline = time.monotonic() + STORED_SECONDS
    link = page.locator("#result_list tbody tr").first.get_by_role("link").first
    while True:
        page.goto(site.url("/admin/django_profiler/profile/"))
        if link.count() and key in (link.get_attribute("href") or ""):
            break
        assert time.monotonic() < deadline, "the profile did not get to the top of the list"
    expect(page.locator("#result_list tbody tr").first).to_contain_text("/products/")
    link.click()
    expect(page.locator("[data-document]")).not_to_have_attribute("aria-busy", "true")


def look_at_the_flame_graph(page: Page) -> None:
    frames = page.locator("g.frame")
    expect(frames.first).to_be_visible()
    everything = frames.count()
    assert everything > 20
    page.locator('g.frame[name="product_list"] rect').first.click()
    expect(page.locator(".dp-note")).to_contain_text("Zoomed into product_list")
    expect(page.locator("g.frame.fade").first).to_be_attached()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.locator("g.frame.fade")).to_have_count(0)
    page.get_by_placeholder("Search function or file").fill("template")
    expect(page.locator(".dp-panel:not([hidden]) .dp-matched")).to_contain_text(re.compile(r"\d%"))
    page.get_by_role("button", name="Reset", exact=True).click()
    for weight in ("cpu", "sql", "wall"):
        page.locator(".dp-weight").select_option(weight)
        expect(frames.first).to_be_visible()
    counts = []
    for detail in ("own", "condensed", "all"):
        page.get_by_role("combobox", name="Detail").select_option(detail)
        expect(page.locator('g.frame[name="product_list"]').first).to_be_visible()
        counts.append(frames.count())
    assert counts[0] < counts[1] == everything < counts[2]


def look_at_the_call_tree(page: Page) -> None:
    page.get_by_role("tab", name="Call tree").click()
    rows = page.locator(".dp-tree tbody tr")
    own = rows.filter(has=page.get_by_text("product_list", exact=True)).first
    expect(own).to_be_visible()
    expect(own.locator("td").last).to_have_text("1")
    opened = rows.count()
    page.get_by_role("button", name="Close all").click()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Open the hot path").click()
    expect(rows).to_have_count(opened)


def look_at_the_functions(page: Page) -> str:
    """Sort, filter, go back to the flame graph; the name of the heaviest function."""
    page.get_by_role("tab", name="Functions").click()
    table = page.locator(".dp-functions")
    heaviest = table.locator("tbody .dp-name").first.inner_text()
    sorted_column = table.locator('th[aria-sort="descending"]')
    expect(sorted_column).to_have_attribute("data-column", "selfWall")
    table.locator("th").get_by_role("button", name="Calls").click()
    expect(sorted_column).to_have_attribute("data-column", "calls")
    calls = numbers(table.locator("tbody td:nth-child(2)").all_inner_texts())
    assert calls == sorted(calls, reverse=True)
    table.locator("th").get_by_role("button", name="Calls").click()
    expect(table.locator('th[aria-sort="ascending"]')).to_have_attribute("data-column", "calls")
    page.get_by_placeholder("Filter by function or file").fill("catalogue.py")
    expect(table.get_by_role("button", name="product_list", exact=True)).to_be_visible()
    table.get_by_role("button", name="product_list", exact=True).click()
    expect(page.get_by_placeholder("Search function or file")).to_have_value("product_list")
    expect(page.get_by_role("tab", name="Flame graph")).to_have_attribute("aria-selected", "true")
    return heaviest


def look_at_the_call_graph(page: Page) -> None:
    page.get_by_role("tab", name="Call graph").click()
    expect(page.locator(".dp-box").filter(has_text="product_list").first).to_be_visible()
    expect(page.locator("path.dp-edge").first).to_be_attached()


def look_at_speedscope(page: Page, heaviest: str) -> None:
    page.get_by_role("link", name="Open in speedscope").click()
    expect(page).to_have_title(re.compile(r"GET /.*products/ - speedscope"))
    expect(page.locator("canvas").first).to_be_visible()
    # The table of its third view is text, not pixels: proof that it read the profile.
    page.keyboard.press("3")
    expect(page.get_by_text(heaviest, exact=True).first).to_be_visible()


def look_at_the_views(page: Page, site: Site) -> None:
    page.goto(site.url("/admin/django_profiler/view/"))
    row = page.locator("#result_list tbody tr").filter(has_text="GET /products/").first
    expect(row).to_contain_text("product-list")
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="GET /products/")).to_be_visible()
    expect(page.locator(".dp-histogram").first).to_be_visible()
    expect(page.locator('g.frame[name="product_list"]').first).to_be_visible()


def look_at_the_timeline(page: Page) -> None:
    page.get_by_role("tab", name="Timeline").click()
    canvas = page.locator(".dp-timeline-canvas")
    page.locator("#dp-panel-timeline .dp-detail").select_option("own")
    canvas.focus()
    note = page.locator("#dp-panel-timeline .dp-note")
    for _ in range(DEEP):
        before = note.inner_text()
        if "product_list" in before:
            break
        canvas.press("ArrowDown")
        if note.inner_text() == before:  # nothing is below, as of a collection at the beginning
            canvas.press("ArrowRight")
    expect(note).to_contain_text(
        re.compile(r"product_list, (views/)?catalogue\.py:\d+, duration .*, start ")
    )
    canvas.press("Enter")
    expect(note).to_contain_text("Zoomed into product_list")
    page.locator("#dp-panel-timeline").get_by_role("button", name="Reset").click()
    expect(page.locator("#dp-panel-timeline .dp-matched")).to_have_text("")


def look_at_the_lines(page: Page) -> None:
    page.get_by_role("tab", name="Lines").click()
    table = page.locator(".dp-lines")
    # The heaviest of some twenty samples may be anywhere, in the interpreter's own modules too.
    expect(table.locator("tbody tr").first.locator(".dp-line")).to_have_text(
        re.compile(r"(\.py|<frozen [\w.]+>):\d+$")
    )
    in_files = table.locator("tbody .dp-line").filter(has_text=re.compile(r"\.py:\d+$"))
    expect(in_files.first).to_be_visible()
    samples = numbers(table.locator("tbody td:nth-child(3)").all_inner_texts())
    assert sum(samples) > 0
    name = table.locator("tbody .dp-name").first
    function = name.inner_text()
    name.click()
    expect(page.get_by_placeholder("Search function or file")).to_have_value(function)


def look_at_speedscopes_timeline(page: Page) -> None:
    page.get_by_role("link", name="Open in speedscope").click()
    for shown in ("Wall time (1/3)", "CPU time (2/3)", "Timeline, thread 1 (3/3)"):
        expect(page.get_by_text(shown)).to_be_visible()
        page.keyboard.press("n")


def numbers(texts: list[str]) -> list[int]:
    assert texts
    return [int(text.replace(",", "")) for text in texts]


@pytest.mark.parametrize(
    ("site_name", "look"),
    [("debug_site", "light-wide"), *(("deployed_site", look) for look in LOOKS)],
)
def test_the_story(
    site_name: str,
    look: str,
    request: pytest.FixtureRequest,
    log_in: Callable[..., Page],
) -> None:
    site: Site = request.getfixturevalue(site_name)
    options: dict[str, Any] = LOOKS[look]
    page = log_in(site, **options)
    key = profile_products(page, site)
    open_from_the_top_of_the_list(page, site, key)
    look_at_the_flame_graph(page)
    look_at_the_call_tree(page)
    heaviest = look_at_the_functions(page)
    look_at_the_call_graph(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    look_at_speedscope(page, heaviest)
    look_at_the_views(page, site)


@pytest.mark.parametrize("look", LOOKS)
def test_the_story_of_a_sampled_request(
    look: str, debug_site: Site, log_in: Callable[..., Page]
) -> None:
    options: dict[str, Any] = LOOKS[look]
    page = log_in(debug_site, **options)
    key = profile_products(page, debug_site, "sample")
    open_from_the_top_of_the_list(page, debug_site, key)
    look_at_the_timeline(page)
    look_at_the_lines(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    look_at_speedscopes_timeline(page)
