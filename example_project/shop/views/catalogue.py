# SPDX-License-Identifier: MIT
"""Home, lists and pages of products."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Avg, Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from shop.forms import ProductFilter
from shop.models import Category, Product, Review
from shop.search import search_products
from shop.tour import STOPS

PRODUCTS_PER_PAGE = 24
SHOWN_AT_HOME = 8
REVIEWS_SHOWN = 6
FEWEST_REVIEWS_TO_BE_LOVED = 6


def home(request: HttpRequest) -> HttpResponse:
    loved = list(
        Product.objects.select_related("category")
        .annotate(rating=Avg("reviews__rating"), review_count=Count("reviews"))
        .filter(review_count__gte=FEWEST_REVIEWS_TO_BE_LOVED)
        .order_by("-rating", "-review_count", "pk")[:SHOWN_AT_HOME]
    )
    rooms = Category.objects.filter(parent=None).prefetch_related("children")
    slug = loved[0].slug if loved else Product.objects.values_list("slug", flat=True).first()
    tour = [(stop, stop.url(slug)) for stop in STOPS if slug or not stop.needs_product]
    return render(request, "shop/home.html", {"loved": loved, "rooms": rooms, "tour": tour})


def product_list(request: HttpRequest) -> HttpResponse:
    form = ProductFilter(request.GET)
    products = form.apply(Product.objects.select_related("category"))
    page = Paginator(products, PRODUCTS_PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = add_ratings(page.object_list)
    context = {
        "form": form,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
    }
    return render(request, "shop/product_list.html", context)


def add_ratings(products: QuerySet[Product]) -> list[Product]:
    """One query for the ratings of just these products, instead of a join over all of them."""
    shown = list(products)
    rows = Review.objects.filter(product__in=shown).order_by().values("product")
    ratings = {row["product"]: row for row in rows.annotate(mean=Avg("rating"), n=Count("pk"))}
    for product in shown:
        row: dict[str, Any] = ratings.get(product.pk, {"mean": None, "n": 0})
        product.rating, product.review_count = row["mean"], row["n"]
    return shown


def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(Product.objects.select_related("category__parent"), slug=slug)
    figures = product.reviews.aggregate(rating=Avg("rating"), review_count=Count("pk"))
    product.rating, product.review_count = figures["rating"], figures["review_count"]
    siblings = Product.objects.filter(category=product.category).exclude(pk=product.pk)
    context = {
        "product": product,
        "path": category_path(product.category),
        "reviews": product.reviews.select_related("customer")[:REVIEWS_SHOWN],
        "siblings": siblings.select_related("category").order_by("-added_on", "pk")[:4],
    }
    return render(request, "shop/product_detail.html", context)


def category_path(category: Category | None) -> list[Category]:
    """From the root of the tree down to this category."""
    if category is None:
        return []
    return [*category_path(category.parent), category]


def product_search(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:80]
    return render(
        request, "shop/product_search.html", {"query": query, "hits": search_products(query)}
    )


def product_print(request: HttpRequest) -> HttpResponse:
    products = Product.objects.select_related("category__parent").annotate(
        rating=Avg("reviews__rating"), review_count=Count("reviews")
    )
    ordered = products.order_by("category__position", "name")
    return render(request, "shop/product_print.html", {"products": ordered})
