# SPDX-License-Identifier: MIT
"""The example shop as a browser meets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.example.harness import Shop, serve

SMALL_SHOP = ("--products", "60", "--customers", "30", "--orders", "150")
USERNAME = "admin"


@dataclass(frozen=True)
class Site:
    """A served shop; `debug` decides who may profile and how static files are named."""

    shop: Shop
    address: str
    password: str
    debug: bool

    def url(self, path: str) -> str:
        return self.address + path

    def shell(self, code: str) -> str:
        """What a line of Python prints inside the project."""
        return self.shop.manage("shell", "--verbosity", "0", "--command", code).stdout.strip()


@contextmanager
def serve_site(folder: Path, *, script_name: str = "", debug: bool = True) -> Iterator[Site]:
    env = {"SHOP_DEBUG": "1" if debug else "0", "SHOP_SCRIPT_NAME": script_name}
    shop = Shop(folder, env)
    shop.manage("migrate", "--verbosity", "0")
    shop.manage("migrate", "--verbosity", "0", "--database", "profiles")
    shop.manage("seed_shop", *SMALL_SHOP)
    if not debug:
        shop.manage("collectstatic", "--noinput", "--verbosity", "0")
    shop.manage("create_demo_user", "--username", USERNAME)
    password = (folder / "admin_password.txt").read_text().strip()
    with serve(shop) as server:
        address = f"http://127.0.0.1:{server.port}{script_name}"
        yield Site(shop, address, password, debug)
