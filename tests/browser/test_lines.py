# SPDX-License-Identifier: MIT
"""The lines of a sampled profile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.sampled import sampled
from tests.browser.store import store

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.site import Site


@pytest.fixture
def lines(debug_site: Site, log_in: Callable[..., Page]) -> Page:
    page = log_in(debug_site)
    page.goto(debug_site.url(store(debug_site, sampled())) + "#lines")
    expect(page.locator(".dp-lines")).to_be_visible()
    return page


def places(page: Page) -> list[str]:
    return page.locator(".dp-lines tbody .dp-line").all_inner_texts()


def test_lines_give_exact_numbers_heaviest_first(lines: Page) -> None:
    cells = lines.locator(".dp-lines tbody tr").first.locator("td").all_inner_texts()
    found = [re.sub(r"\s+", " ", cell).strip() for cell in cells]
    numbers = ["40", "40.0 ms 40.0%", "40.0 ms", "20.0 ms", "20.0 ms"]
    assert found == ["app.py:8", "right", *numbers]
    assert places(lines) == ["app.py:8", "app.py:27", "app.py:4", "app.py:31"]


def test_lines_sort_and_filter(lines: Page) -> None:
    header = lines.locator(".dp-lines th")
    header.get_by_role("button", name="Line").click()
    assert places(lines) == ["app.py:4", "app.py:8", "app.py:27", "app.py:31"]
    header.get_by_role("button", name="Samples").click()
    expect(lines.locator('.dp-lines th[aria-sort="descending"]')).to_have_text("Samples")
    assert places(lines) == ["app.py:8", "app.py:27", "app.py:4", "app.py:31"]
    lines.get_by_placeholder("Filter by function or file").fill("left")
    expect(lines.locator(".dp-matched")).to_have_text("2 lines")
    assert places(lines) == ["app.py:27", "app.py:31"]
    lines.get_by_placeholder("Filter by function or file").fill("app.py:31")
    expect(lines.locator(".dp-matched")).to_have_text("1 line")


def test_a_line_leads_to_its_function_in_the_flame_graph(lines: Page) -> None:
    lines.locator(".dp-lines").get_by_role("button", name="right").click()
    expect(lines.get_by_placeholder("Search function or file")).to_have_value("right")
    expect(lines.get_by_role("tab", name="Flame graph")).to_have_attribute("aria-selected", "true")


def test_the_table_scrolls_by_itself_on_a_narrow_screen(
    debug_site: Site, log_in: Callable[..., Page]
) -> None:
    page = log_in(debug_site, viewport={"width": 360, "height": 700})
    page.goto(debug_site.url(store(debug_site, sampled())) + "#lines")
    expect(page.locator(".dp-lines")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
