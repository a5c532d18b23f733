# SPDX-License-Identifier: MIT
from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.site import USERNAME, serve_site
from tests.browser.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.site import Site

# The profiler's pages draw with SVG, speedscope with WebGL: the GPU is off, the software
# renderer is not. The rest keeps the browser from talking to anybody else.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 420, "height": 800}
# Two noisy cores share gunicorn, the browser and whatever else runs.
STEP_MS = 30_000
_outcome = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.stash[_outcome] = report.failed
    return report


@pytest.fixture(scope="session")
def debug_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """As in development: DEBUG, at the top of its host."""
    with serve_site(tmp_path_factory.mktemp("debug-site")) as site:
        yield site


@pytest.fixture(scope="session")
def deployed_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """As in production: no DEBUG, hashed static files, under a sub-path."""
    folder = tmp_path_factory.mktemp("deployed-site")
    with serve_site(folder, script_name="/intern/shop", debug=False) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "the browser tests need Debian's package chromium"
    expect.set_options(timeout=STEP_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def open_page(
    browser: Browser, watch: Watch, request: pytest.FixtureRequest, root: Path
) -> Iterator[Callable[..., Page]]:
    """Open pages in browsers of their own; no complaint of theirs goes unnoticed."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": WIDE, "color_scheme": "light", **options})
        context.set_default_timeout(STEP_MS)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        return page

    yield make
    if request.node.stash.get(_outcome, True):
        _keep_pictures(contexts, root / "test-results", request.node.name)
    for context in contexts:
        context.close()
    assert watch.complaints == []


@pytest.fixture
def log_in(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """A page of the admin's list of profiles, logged in."""

    def make(site: Site, **options: Any) -> Page:
        page = open_page(**options)
        page.goto(site.url("/admin/login/?next=") + _path(site, "/admin/django_profiler/profile/"))
        page.get_by_label("Username").fill(USERNAME)
        page.get_by_label("Password").fill(site.password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/django_profiler/profile/")
        return page

    return make


def _path(site: Site, path: str) -> str:
    return re.sub(r"^https?://[^/]+", "", site.url(path))


def _keep_pictures(contexts: list[BrowserContext], folder: Path, name: str) -> None:
    os.makedirs(folder, exist_ok=True)
    safe = re.sub(r"[^\w.-]+", "_", name)
    for number, page in enumerate(page for context in contexts for page in context.pages):
        page.screenshot(path=folder / f"{safe}-{number}.png", full_page=True)
