# SPDX-License-Identifier: MIT
"""Takes the pictures of this folder from a running demo: ``make demo`` first, then

.venv/bin/python docs/screenshots/take.py
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = ROOT / "example_project" / "var" / "admin_password.txt"
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
SIZE = {"width": 1360, "height": 1000}
SHOWN = "/orders/"  # a page with many queries, so with much to see
SETTLE_MS = 1500  # zooming and unfolding are animated


class Camera:
    def __init__(self, base: str, folder: Path) -> None:
        self.base = base
        self.folder = folder

    def take(self, page: Page, name: str) -> None:
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=self.folder / f"{name}.png")
        print(name)

    def log_in(self, browser: Browser, scheme: str) -> Page:
        page = browser.new_context(viewport=SIZE, color_scheme=scheme).new_page()
        page.goto(f"{self.base}/admin/login/?next=/admin/django_profiler/profile/")
        page.fill("#id_username", "admin")
        page.fill("#id_password", PASSWORD.read_text(encoding="utf-8").strip())
        page.click("[type=submit]")
        page.wait_for_selector("#result_list")
        return page

    def profile_address(self, page: Page) -> str:
        page.goto(f"{self.base}{SHOWN}?profile=1")
        page.wait_for_timeout(SETTLE_MS)  # it is stored after the response
        page.goto(f"{self.base}/admin/django_profiler/profile/?q={SHOWN}")
        address = page.locator("#result_list tbody tr th a").first.get_attribute("href")
        return f"{self.base}{address}"

    def tab(self, page: Page, address: str, name: str) -> None:
        page.goto("about:blank")  # a change of the fragment alone loads nothing
        page.goto(f"{address}#{name}")
        page.wait_for_selector("[data-document]:not([aria-busy])")


def light(camera: Camera, browser: Browser) -> str:
    page = camera.log_in(browser, "light")
    address = camera.profile_address(page)
    camera.take(page, "profiles")
    for tab, name in (
        ("flame", "flame-graph"),
        ("functions", "functions"),
        ("tree", "call-tree"),
        ("graph", "call-graph"),
    ):
        camera.tab(page, address, tab)
        camera.take(page, name)
    page.click("text=Open in speedscope")
    camera.take(page, "speedscope")
    page.goto(f"{camera.base}/admin/django_profiler/view/")
    camera.take(page, "views")
    page.click("#result_list tbody tr:first-child th a")
    page.wait_for_selector("[data-document]:not([aria-busy])")
    camera.take(page, "view")
    return address


def dark(camera: Camera, browser: Browser, address: str) -> None:
    page = camera.log_in(browser, "dark")
    camera.tab(page, address, "flame")
    camera.take(page, "flame-graph-dark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    camera = Camera(options.base, options.folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        dark(camera, browser, light(camera, browser))


if __name__ == "__main__":
    main()
