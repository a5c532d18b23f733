# SPDX-License-Identifier: MIT
"""A page of the example shop as a workload: its list of products, by Django's test client."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "example_project"
PAGE = "/products/?page=2"
HOST = "testserver"  # what the client asks for


@contextmanager
def shop() -> Iterator[Callable[[], None]]:
    """A function that gets the page once, from a shop that lives in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="libprof-bench-") as folder:
        _set_up(Path(folder))
        from django.db import connections
        from django.test import Client

        client = Client()

        def django_page() -> None:
            response = client.get(PAGE)
            if response.status_code != 200:
                raise RuntimeError(f"{PAGE} answered {response.status_code}")

        try:
            yield django_page
        finally:
            connections.close_all()


def _set_up(folder: Path) -> None:
    os.environ["SHOP_DATABASE"] = str(folder / "shop.sqlite3")
    os.environ["SHOP_HOSTS"] = HOST
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop_project.settings"
    sys.path.insert(0, str(EXAMPLE))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_shop", customers=60, orders=400, stdout=io.StringIO())
