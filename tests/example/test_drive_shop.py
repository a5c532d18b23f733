# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.example.harness import Shop

PAGES = {
    "home": 200,
    "product-list": 200,
    "product-detail": 200,
    "product-search": 200,
    "product-print": 200,
    "sales-report": 200,
    "order-list": 200,
    "delivery": 200,
    "affinity-report": 200,
    "threads-report": 200,
    "async-stock": 200,
    "async-feed": 200,
    "orders-csv": 200,
    "product-api": 200,
    "cart": 200,
    "cart-add": 302,
    "account": 200,
    "checkout-broken": 500,
}


def test_every_page_is_profiled_once_a_round_and_then_no_more(own_shop: Shop) -> None:
    own_shop.manage("create_demo_user")
    done = own_shop.manage("drive_shop", "--rounds", "2")
    assert f"{2 * len(PAGES)} profiles stored" in done.stdout
    stored = own_shop.probe("all_profiles")
    assert {row["view"]: row["status"] for row in stored} == PAGES
    assert set(Counter(row["view"] for row in stored).values()) == {2}
    again = own_shop.manage("drive_shop", "--rounds", "2")
    assert f"There are {len(stored)} profiles already" in again.stdout
    assert len(own_shop.probe("all_profiles")) == len(stored)


def test_works_below_a_path(own_shop: Shop) -> None:
    below = own_shop.with_env(SHOP_SCRIPT_NAME="/shop")
    below.manage("drive_shop", "--rounds", "1")
    statuses = {row["view"]: row["status"] for row in below.probe("all_profiles")}
    # There is no superuser here, so the account page sends the driver to the login.
    assert statuses == {**PAGES, "account": 302}


def test_needs_a_filled_shop(empty_shop: Shop, tmp_path: Path) -> None:
    done = empty_shop.copy(tmp_path / "empty").manage("drive_shop", check=False)
    assert done.returncode == 1
    assert "run seed_shop first" in done.stderr
