# SPDX-License-Identifier: MIT
"""The catalogue as JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from shop.models import Product
from shop.views.catalogue import add_ratings


@require_safe
def products(request: HttpRequest) -> JsonResponse:
    shown = add_ratings(Product.objects.select_related("category"))
    return JsonResponse({"count": len(shown), "products": [as_json(item) for item in shown]})


def as_json(product: Product) -> dict[str, Any]:
    return {
        "sku": product.sku,
        "name": product.name,
        "url": product.get_absolute_url(),
        "category": product.category.slug,
        "price": str(product.price),
        "weight_grams": product.weight_grams,
        "rating": None if product.rating is None else round(product.rating, 2),
        "review_count": product.review_count,
    }
