# SPDX-License-Identifier: MIT
"""Notices everything a browser complains about."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Response

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`blocked by policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


@dataclass
class Watch:
    """Complaints of one page. A test that causes one on purpose takes it out with `expect`."""

    complaints: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("response", self._on_response)

    def expect(self, text: str) -> None:
        found = [complaint for complaint in self.complaints if text in complaint]
        assert found, f"nothing complained about {text!r}"
        for complaint in found:
            self.complaints.remove(complaint)

    def _on_console(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        if message.type == "error" and not _is_favicon(address):
            self.complaints.append(f"console: {message.text} ({address})")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and not _is_favicon(response.url):
            self.complaints.append(f"HTTP {response.status}: {response.url}")


def _is_favicon(address: str) -> bool:
    # Browsers ask for it on their own; the admin has none.
    return urlsplit(address).path == "/favicon.ico"
