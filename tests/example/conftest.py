# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.example.harness import SMALL, Server, Shop, serve


@pytest.fixture(scope="session")
def empty_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Tables without rows, to be copied."""
    shop = Shop(tmp_path_factory.mktemp("empty-shop"))
    shop.migrate()
    return shop


@pytest.fixture(scope="session")
def small_shop(empty_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop with few rows, to be copied or read."""
    shop = empty_shop.copy(tmp_path_factory.mktemp("small-shop"))
    shop.manage("seed_shop", *SMALL)
    return shop


@pytest.fixture
def own_shop(small_shop: Shop, tmp_path: Path) -> Shop:
    """A small shop for a test that writes to it."""
    return small_shop.copy(tmp_path / "own-shop")


@pytest.fixture(scope="session")
def shop(empty_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A whole shop, shared by tests that do not change its data."""
    shop = empty_shop.copy(tmp_path_factory.mktemp("shop"))
    shop.manage("seed_shop")
    return shop


@pytest.fixture(scope="session")
def server(shop: Shop) -> Iterator[Server]:
    """That shop behind gunicorn: one process, eight threads."""
    with serve(shop) as server:
        yield server


@pytest.fixture(scope="session")
def slug(shop: Shop) -> str:
    """A product of that shop."""
    return str(shop.probe("slug"))
