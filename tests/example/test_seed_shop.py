# SPDX-License-Identifier: MIT
"""The data: the same every time, made once, and right in themselves."""

from __future__ import annotations

from pathlib import Path

from tests.example.harness import SMALL, Shop


def test_same_seed_gives_the_same_rows(empty_shop: Shop, small_shop: Shop, tmp_path: Path) -> None:
    again = empty_shop.copy(tmp_path / "again")
    lines = again.manage("seed_shop", *SMALL).stdout.splitlines()
    assert again.probe("digest") == small_shop.probe("digest")
    assert any("60 products" in line for line in lines)
    assert any("200 orders" in line for line in lines)


def test_other_seed_gives_other_rows(empty_shop: Shop, small_shop: Shop, tmp_path: Path) -> None:
    other = empty_shop.copy(tmp_path / "other")
    other.manage("seed_shop", *SMALL, "--seed", "7")
    before, after = small_shop.probe("digest"), other.probe("digest")
    assert {name for name in before if before[name] == after[name]} == {"Category"}


def test_seeding_again_changes_nothing(own_shop: Shop) -> None:
    before = own_shop.probe("digest")
    done = own_shop.manage("seed_shop")
    assert "filled already" in done.stdout
    assert own_shop.probe("digest") == before


def test_reset_replaces_everything(own_shop: Shop) -> None:
    own_shop.manage(
        "seed_shop", "--reset", "--products", "20", "--customers", "9", "--orders", "30"
    )
    counts = own_shop.probe("facts")["counts"]
    assert (counts["Product"], counts["Customer"], counts["Order"]) == (20, 9, 30)


def test_a_whole_shop_is_believable(shop: Shop) -> None:
    facts = shop.probe("facts")
    counts = facts["counts"]
    assert counts["Category"] == 12
    assert (counts["Product"], counts["Customer"], counts["Order"]) == (400, 600, 4000)
    assert counts["OrderLine"] > 2 * counts["Order"]
    assert counts["Review"] > 1000
    assert counts["StockMovement"] > counts["OrderLine"]
    assert facts["roots"] == 3
    assert facts["products_on_roots"] == 0
    assert facts["totals_right"]
    assert facts["different_names"] == 400
    assert facts["different_descriptions"] > 380
    assert float(facts["cheapest"]) > 0
    assert facts["reviews_before_order"] == 0
