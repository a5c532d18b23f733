# SPDX-License-Identifier: MIT
"""Every page keeps its promise, and being profiled changes nothing about it."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.example.harness import Answer, Server, Shop

PAGES = {
    "/": 200,
    "/products/": 200,
    "/products/?category=kitchen&max_price=60&sort=-price&page=2": 200,
    "/products/search/?q=coper+kettel": 200,
    "/products/print/": 200,
    "/products/no-such-thing/": 404,
    "/orders/": 200,
    "/reports/sales/": 200,
    "/reports/affinity/": 200,
    "/reports/threads/": 200,
    "/async/stock/": 200,
    "/async/feed/": 200,
    "/exports/orders.csv": 200,
    "/api/products/": 200,
    "/cart/": 200,
    "/checkout/delivery/": 200,
    "/checkout/broken/": 500,
    "/account/": 302,
    "/account/login/": 200,
}
# What differs between any two answers, profiled or not.
NOISE = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def with_profile(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}profile=1"


def content(answer: Answer) -> str:
    return NOISE.sub("", answer.text)


class Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.targets.extend(value for name, value in attrs if name == "href" and value)


@dataclass(frozen=True)
class Visited:
    """A page asked for without and with the profiler, and the profile that was stored."""

    plain: Answer
    profiled: Answer
    stored: dict[str, Any] | None


@pytest.fixture(scope="module")
def visits(server: Server, shop: Shop) -> dict[str, Visited]:
    answers = {path: (server.get(path), server.get(with_profile(path))) for path in PAGES}
    ids = [profiled.profile_id for _, profiled in answers.values() if profiled.profile_id]
    stored = shop.probe("profiles", *ids)
    return {
        path: Visited(plain, profiled, stored.get(profiled.profile_id or ""))
        for path, (plain, profiled) in answers.items()
    }


@pytest.mark.parametrize("path", PAGES)
def test_page_answers_as_promised(visits: dict[str, Visited], path: str) -> None:
    plain = visits[path].plain
    assert plain.status == PAGES[path]
    assert plain.profile_id is None


@pytest.mark.parametrize("path", PAGES)
def test_profiled_page_is_the_same_page(visits: dict[str, Visited], path: str) -> None:
    plain, profiled = visits[path].plain, visits[path].profiled
    assert profiled.status == plain.status
    if plain.status == 302:
        assert profiled.headers["location"].split("?")[0] == plain.headers["location"].split("?")[0]
    elif plain.status < 404:
        assert content(profiled) == content(plain)
        assert profiled.headers["content-type"] == plain.headers["content-type"]


@pytest.mark.parametrize("path", PAGES)
def test_profile_of_the_page_is_stored(visits: dict[str, Visited], path: str) -> None:
    stored = visits[path].stored
    assert stored is not None
    assert stored["status"] == PAGES[path]
    assert stored["path"] == path.split("?")[0]
    assert stored["truncated"] == ""


def test_failing_page_fails_with_its_own_exception(server: Server) -> None:
    page = server.get(with_profile("/checkout/broken/")).text
    assert "SigningKeyMissing" in page
    assert "no signing key for payments in EUR" in page


def test_every_link_of_the_tour_leads_somewhere(server: Server) -> None:
    tour = server.get("/").text.split('id="tour"')[1]
    links = Links(tour.split("<footer")[0]).targets
    assert len(links) > 30
    assert sum("profile=1" in link for link in links) * 2 == len(links)
    plain = {link for link in links if "profile=" not in link and "broken" not in link}
    statuses = {link: server.get(link).status for link in plain}
    broken = {link: status for link, status in statuses.items() if status not in (200, 302)}
    assert broken == {}


@pytest.mark.parametrize("path", ["/orders/?page=3", "/products/search/?q=lamp"])
def test_foot_explains_the_page_and_offers_to_profile_it(server: Server, path: str) -> None:
    page = server.get(path).text
    assert "Behind this page" in page
    query = path.split("?")[1]
    assert f"?{query}&profile=1" in Links(page).targets
    assert f"?{query}&profile=show" in Links(page).targets


def test_filters_narrow_the_list(server: Server) -> None:
    page = server.get("/products/?category=lighting&max_price=50").text
    prices = [float(price) for price in re.findall(r"<strong>€\u202f([\d.]+)</strong>", page)]
    assert prices
    assert max(prices) <= 50
    assert set(re.findall(r'<p class="meta">([^<]+)</p>', page)) == {"Lighting"}


def test_filters_that_make_no_sense_are_left_out(server: Server) -> None:
    answer = server.get("/products/?category=moon&max_price=-3&sort=colour&page=none")
    assert answer.status == 200
    assert "400 products" in answer.text


def test_search_finds_misspelt_words(server: Server) -> None:
    products = json.loads(server.get("/api/products/").text)["products"]
    for product in products[::100]:
        words = re.findall("[a-z]{5,}", product["name"].lower())
        # Without their third letters.
        query = "+".join(word[:2] + word[3:] for word in words)
        page = server.get(f"/products/search/?q={query}").text
        found = re.findall(r"<h3><a [^>]+>([^<]+)</a></h3>", page)
        assert product["name"] in [html.unescape(name) for name in found[:5]], query


def test_filling_the_cart_redirects_to_it(server: Server, slug: str) -> None:
    path = f"/products/{slug}/"
    page = server.get(path)
    csrf = page.headers["set-cookie"].split(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    added = server.send(
        "POST",
        path.replace("/products/", "/cart/add/") + "?profile=1",
        body=f"csrfmiddlewaretoken={token[1]}",
        headers={"Cookie": csrf, "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert added.status == 302
    assert added.profile_id
    assert added.headers["location"] == "/cart/?profile=1"
    session = re.search(r"sessionid=\w+", added.headers["set-cookie"])
    assert session
    cart = server.get("/cart/", headers={"Cookie": session[0]})
    assert re.search(r'<td class="number">1</td>', cart.text)


def test_cart_is_filled_by_post_only(server: Server, slug: str) -> None:
    assert server.get(f"/cart/add/{slug}/").status == 405


def test_product_page_shows_its_path_in_the_tree(server: Server, slug: str) -> None:
    page = server.get(f"/products/{slug}/").text
    assert re.search(
        r'class="path">.*Products</a> / <a[^>]*>Kitchen</a> / <a[^>]*>Cookware</a>', page
    )


def test_account_sends_strangers_to_the_login(server: Server) -> None:
    assert server.get("/account/").headers["location"] == "/account/login/?next=/account/"
