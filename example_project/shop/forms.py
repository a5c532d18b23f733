# SPDX-License-Identifier: MIT
from __future__ import annotations

from django import forms
from django.db.models import Q, QuerySet

from shop.models import Category, Product

SORT_ORDERS = {
    "name": ("name", "pk"),
    "price": ("price", "pk"),
    "-price": ("-price", "pk"),
    "newest": ("-added_on", "pk"),
}
SORT_CHOICES = (
    ("name", "by name"),
    ("price", "cheapest first"),
    ("-price", "dearest first"),
    ("newest", "newest first"),
)


class ProductFilter(forms.Form):
    """What the list of products is narrowed to. A value that makes no sense is left out."""

    category = forms.ModelChoiceField(
        Category.objects.all(), to_field_name="slug", required=False, empty_label="everything"
    )
    max_price = forms.IntegerField(min_value=1, max_value=100_000, required=False, label="Up to €")
    sort = forms.ChoiceField(choices=SORT_CHOICES, required=False)

    def apply(self, products: QuerySet[Product]) -> QuerySet[Product]:
        self.is_valid()
        category = self.cleaned_data.get("category")
        if category:
            products = products.filter(Q(category=category) | Q(category__parent=category))
        if max_price := self.cleaned_data.get("max_price"):
            products = products.filter(price__lte=max_price)
        return products.order_by(*SORT_ORDERS[self.cleaned_data.get("sort") or "name"])
