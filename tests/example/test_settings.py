# SPDX-License-Identifier: MIT
"""The project as such: checks, migrations, policy, sub-path, and without DEBUG."""

from __future__ import annotations

import re

import pytest

from tests.example.harness import Server, Shop, serve

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'self';"
    " base-uri 'none'"
)
ASSET = re.compile(r'(?:href|src)="([^"#]*static/[^"#]+)')


def test_shop_has_all_its_migrations(shop: Shop) -> None:
    assert "No changes detected" in shop.manage("makemigrations", "--check", "shop").stdout


def test_each_database_holds_its_own_tables(shop: Shop) -> None:
    import sqlite3

    def tables(name: str) -> set[str]:
        connection = sqlite3.connect(shop.folder / name)
        try:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {row[0] for row in rows}
        finally:
            connection.close()

    own, profiles = tables("shop.sqlite3"), tables("shop-profiles.sqlite3")
    assert "shop_product" in own
    assert not any(name.startswith("django_profiler_") for name in own)
    assert "django_profiler_profile" in profiles
    assert not any(name.startswith(("shop_", "auth_")) for name in profiles)


@pytest.mark.parametrize("path", ["/", "/async/stock/", "/exports/orders.csv", "/admin/login/"])
def test_pages_carry_the_strict_policy(server: Server, path: str) -> None:
    assert server.get(path).headers["content-security-policy"] == POLICY


def test_policy_of_a_view_is_kept(shop: Shop) -> None:
    answer = shop.probe("policy_of_view", "default-src 'self'")
    assert answer == {"own": "default-src 'self'", "none": POLICY}


@pytest.mark.parametrize("path", ["/", "/products/", "/orders/", "/reports/sales/", "/cart/"])
def test_pages_need_nothing_that_the_policy_forbids(server: Server, path: str) -> None:
    page = server.get(path).text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)


def test_static_files_are_served(server: Server) -> None:
    assets = set(ASSET.findall(server.get("/").text))
    assert {"/static/shop/shop.css", "/static/shop/icons.svg"} <= assets
    assert {server.get(path).status for path in assets} == {200}


def test_icons_that_pages_use_exist(server: Server) -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', server.get("/static/shop/icons.svg").text))
    pages = "".join(server.get(path).text for path in ("/", "/products/?sort=newest", "/cart/"))
    used = set(re.findall(r"icons\.svg#([\w-]+)", pages))
    assert used
    assert used <= drawn


def test_below_a_path(shop: Shop) -> None:
    with serve(shop.with_env(SHOP_SCRIPT_NAME="/shop")) as server:
        page = server.get("/shop/")
        assert page.status == 200
        local = re.findall(r'(?:href|action)="(/[^"]*)"', page.text)
        assert local
        assert [link for link in local if not link.startswith("/shop/")] == []
        assert {server.get(path).status for path in set(ASSET.findall(page.text))} == {200}
        assert server.get("/shop/products/?profile=1").profile_id
        assert server.get("/shop/account/").headers["location"].startswith("/shop/account/login/")


def test_without_debug(shop: Shop) -> None:
    production = shop.with_env(SHOP_DEBUG="0")
    production.manage("collectstatic", "--no-input", "--verbosity", "0")
    with serve(production) as server:
        page = server.get("/")
        assets = set(ASSET.findall(page.text))
        assert any(re.search(r"shop/shop\.[0-9a-f]{12}\.css$", path) for path in assets)
        assert {server.get(path).status for path in assets} == {200}
        broken = server.get("/checkout/broken/")
        assert broken.status == 500
        assert "SigningKeyMissing" not in broken.text
        assert broken.headers["content-security-policy"] == POLICY
        assert server.get("/products/?profile=1").profile_id is None
