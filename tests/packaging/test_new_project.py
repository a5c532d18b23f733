# SPDX-License-Identifier: MIT
"""The README's promise: the wheel, a new Django project and the README's lines are enough.

Everything happens in an environment outside the repository that has only the wheel; the pages are
read by a real browser.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.packaging.conftest import clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import ConsoleMessage, Page

pytestmark = [pytest.mark.packaging, pytest.mark.slow]

START_SECONDS = 30
PASSWORD = "of this test alone"
ADMIN = "/admin/django_profiler/profile/"
URLS = """
from django.http import HttpResponse


def recognisable(count):
    return sum(number * number for number in range(count))


def work(request):
    return HttpResponse(str(recognisable(100_000)))


def icon(request):  # every browser asks for it
    return HttpResponse(status=204)


urlpatterns += [path("work/", work), path("favicon.ico", icon)]
"""


def readme_settings(root: Path) -> str:
    """The lines that the README tells people to add to their settings."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    (block,) = (text for text in blocks if "INSTALLED_APPS" in text and "MIDDLEWARE" in text)
    return block


@pytest.fixture(scope="session")
def project(root: Path, environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    run(environment / "django-admin", "startproject", "mysite", folder, cwd=folder)
    with (folder / "mysite/settings.py").open("a", encoding="utf-8") as settings:
        settings.write(readme_settings(root))
    with (folder / "mysite/urls.py").open("a", encoding="utf-8") as urls:
        urls.write(URLS)
    manage = folder / "manage.py"
    run(environment / "python", manage, "check", "--fail-level", "WARNING", cwd=folder)
    run(environment / "python", manage, "migrate", "--verbosity", "0", cwd=folder)
    who = ["--username", "admin", "--email", "admin@example.org"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        run(environment / "python", manage, "createsuperuser", "--noinput", *who, cwd=folder)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            with suppress(subprocess.TimeoutExpired):
                server.wait(timeout=0.1)  # dead already, or not yet listening
                break
    pytest.fail(f"the server did not start:\n{log.read_text(encoding='utf-8')}")


@contextmanager
def serving(environment: Path, project: Path) -> Iterator[str]:
    port, log = free_port(), project / "server.log"
    command = [str(environment / "python"), "manage.py", "runserver", "--noreload", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=project, env=clean_environment(), stdout=output, stderr=output
        )
    try:
        wait_for(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=START_SECONDS)


def errors_of(message: ConsoleMessage) -> list[str]:
    return [f"{message.text} ({message.location['url']})"] if message.type == "error" else []


@contextmanager
def browsing() -> Iterator[tuple[Page, list[str]]]:
    """A page, and the list that collects whatever its console complains about."""
    chromium = shutil.which("chromium")
    assert chromium is not None, "chromium is missing: run `make setup`"
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.extend(errors_of(message)))
        yield page, complaints
        browser.close()


def test_readme_lines_are_ten_at_most(root: Path) -> None:
    lines = [line for line in readme_settings(root).splitlines() if line.strip()]
    assert 1 <= len(lines) <= 10


def test_installed_package_is_the_wheel(environment: Path, tmp_path: Path) -> None:
    code = "import libprof, django_profiler; print(libprof.__file__, django_profiler.__file__)"
    places = run(environment / "python", "-c", code, cwd=tmp_path).split()
    assert all(place.startswith(str(environment.parent)) for place in places)


def test_command_line_works(environment: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("def recognisable():\n    return 1\n\nrecognisable()\n", encoding="utf-8")
    python, stored = environment / "python", tmp_path / "script.prof"
    run(python, "-m", "libprof", "run", "-o", stored, script, cwd=tmp_path)
    assert "recognisable" in run(python, "-m", "libprof", "show", stored, cwd=tmp_path)


def test_request_is_profiled_and_shown_with_its_flame_graph(
    environment: Path, project: Path
) -> None:
    with serving(environment, project) as site, browsing() as (page, complaints):
        answer = page.goto(f"{site}/work/?profile=1")
        assert answer is not None
        assert answer.status == 200
        assert answer.header_value("x-profile-id")

        page.goto(f"{site}{ADMIN}")
        page.fill("#id_username", "admin")
        page.fill("#id_password", PASSWORD)
        page.click("[type=submit]")
        page.click("#result_list tbody tr:first-child th a")
        page.wait_for_selector("svg.d3-flame-graph g.frame")
        assert page.locator("body", has_text="/work/").count() == 1
        page.get_by_role("button", name=re.compile("^recognisable, ")).wait_for()
        assert complaints == []
