# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
import stat

from tests.example.harness import Server, Shop, serve

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def printed(text: str) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name: value.strip() for name, value in pairs}


def log_in(server: Server, password: str) -> str:
    """Where the admin's login leads to."""
    page = server.get("/admin/login/")
    cookie = page.headers["set-cookie"].split(";")[0]
    token = CSRF.search(page.text)
    assert token
    body = f"csrfmiddlewaretoken={token[1]}&username=admin&password={password}&next=/admin/"
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    answer = server.send("POST", "/admin/login/", body=body, headers=headers)
    return answer.headers.get("location", "")


def test_prints_the_same_login_every_time(own_shop: Shop) -> None:
    first = printed(own_shop.manage("create_demo_user").stdout)
    second = printed(own_shop.manage("create_demo_user").stdout)
    assert first == second
    assert first["User"] == "admin"
    assert len(first["Password"]) >= 12
    assert first["Admin"] == "http://127.0.0.1:8000/admin/"


def test_printed_address_is_where_gunicorn_listens(own_shop: Shop) -> None:
    shop = own_shop.with_env(PORT="8123", SHOP_SCRIPT_NAME="/shop")
    assert printed(shop.manage("create_demo_user").stdout)["Shop"] == "http://127.0.0.1:8123/shop/"


def test_login_works_even_after_the_password_file_was_lost(own_shop: Shop) -> None:
    first = printed(own_shop.manage("create_demo_user").stdout)["Password"]
    (own_shop.folder / "admin_password.txt").unlink()
    second = printed(own_shop.manage("create_demo_user").stdout)["Password"]
    assert first != second
    with serve(own_shop) as server:
        assert log_in(server, second) == "/admin/"
        assert log_in(server, first) == ""


def test_secrets_are_for_their_owner_only(own_shop: Shop) -> None:
    own_shop.manage("create_demo_user")
    for name in ("admin_password.txt", "secret_key.txt"):
        mode = stat.S_IMODE((own_shop.folder / name).stat().st_mode)
        assert mode == 0o600, name


def test_is_silent_when_asked_to_be(own_shop: Shop) -> None:
    assert own_shop.manage("create_demo_user", "--verbosity", "0").stdout == ""
