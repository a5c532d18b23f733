# SPDX-License-Identifier: MIT
"""The pages of the shop and what a profile of each one shows.

One list for all who need it: the footer of each page, the tour on the home page, and drive_shop.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class Stop:
    """A page: its view, what it is called, what kind of slowness it has and why."""

    view_name: str
    title: str
    kind: str
    icon: str
    why: str
    query: str = ""
    needs_product: bool = False
    needs_login: bool = False
    is_async: bool = False
    status: int = 200

    def url(self, slug: str) -> str:
        """The page's address; slug names the product to show where it shows one."""
        path = reverse(self.view_name, args=[slug] if self.needs_product else [])
        return f"{path}?{self.query}" if self.query else path


STOPS = (
    Stop(
        "home",
        "Home",
        "fast",
        "home",
        "Three queries for the page, whatever the size of the shop. Most of its time goes into the"
        " templates.",
    ),
    Stop(
        "product-list",
        "Products",
        "fast",
        "grid",
        "The well-made one: a page of products with their categories in one query, their ratings"
        " in another. Compare the others with it.",
    ),
    Stop(
        "product-detail",
        "One product",
        "fast",
        "tag",
        "A handful of queries, and a recursive walk up the tree of categories.",
        needs_product=True,
    ),
    Stop(
        "product-search",
        "Search",
        "slow in Python",
        "search",
        "Compares every word asked for with every word of every product, and cuts both into pieces"
        " anew each time. Look for cut_pieces and its number of calls.",
        query="q=coper+kettel+slow+morning",
    ),
    Stop(
        "product-print",
        "Printed catalogue",
        "slow in templates",
        "page",
        "One query, then a template that includes two others for each product, and an index that looks up"
        " the address of each.",
    ),
    Stop(
        "sales-report",
        "Sales report",
        "slow in SQL",
        "chart",
        "One statement joins all order lines anew for each of 52 weeks, since date() around the"
        " column hides it from the index. Python only waits for it.",
    ),
    Stop(
        "order-list",
        "Order desk",
        "N + 1 queries",
        "repeat",
        "Each order asks for its customer, then for its lines, and each line for its product:"
        " two hundred small queries where four would do.",
    ),
    Stop(
        "delivery",
        "Delivery quotes",
        "waiting",
        "clock",
        "Asks three carriers one after the other and waits for each. Wall time is long, CPU time"
        " is next to nothing.",
    ),
    Stop(
        "affinity-report",
        "Bought together",
        "garbage collector",
        "recycle",
        "Builds thousands of objects that point to each other, so the garbage collector runs again"
        " and again inside innocent functions.",
    ),
    Stop(
        "threads-report",
        "Sales by country",
        "threads",
        "threads",
        "Four threads with a task for each country. They take turns with the interpreter lock, so"
        " most of their time is waiting, and the page is no faster for them.",
    ),
    Stop(
        "async-stock",
        "Stock overview",
        "async",
        "waves",
        "Awaits eight coroutines at once. The suppliers' answers overlap, so the page takes as long"
        " as the slowest of them, not as their sum.",
        is_async=True,
    ),
    Stop(
        "async-feed",
        "Stock feed",
        "async stream",
        "waves",
        "An async generator sends the page bit by bit. The view returns at once; nearly all the"
        " time passes after that, while the body is sent.",
        is_async=True,
    ),
    Stop(
        "orders-csv",
        "Orders as CSV",
        "stream",
        "download",
        "A generator sends all orders row by row. A profile that ended when the view returns would"
        " miss all of it.",
    ),
    Stop(
        "product-api",
        "Products as JSON",
        "fast",
        "braces",
        "One query for the products and one for their ratings; the rest is making the JSON text.",
    ),
    Stop(
        "cart",
        "Cart",
        "fast",
        "cart",
        "Reads the session and loads what lies in it with one query. Adding a product is a POST that"
        " redirects here.",
    ),
    Stop(
        "account",
        "Account",
        "fast, after login",
        "user",
        "Only for customers who have logged in: a redirect for everyone else. Three well-made"
        " queries.",
        needs_login=True,
    ),
    Stop(
        "checkout-broken",
        "Checkout",
        "fails",
        "error",
        "Raises an exception four calls deep. The profile is kept all the same, with status 500.",
        status=500,
    ),
)
STOPS_BY_VIEW = {stop.view_name: stop for stop in STOPS}
