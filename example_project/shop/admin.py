# SPDX-License-Identifier: MIT
from __future__ import annotations

from django.contrib import admin

from shop.models import Category, Customer, Order, OrderLine, Product, Review, StockMovement


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name", "parent", "position")
    list_select_related = ("parent",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ("name", "sku", "category", "price", "added_on")
    list_filter = ("category",)
    list_select_related = ("category",)
    search_fields = ("name", "sku")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ("name", "email", "city", "country", "joined_on")
    list_filter = ("country",)
    search_fields = ("name", "email")
    raw_id_fields = ("user",)


class OrderLineInline(admin.TabularInline):
    model = OrderLine
    extra = 0
    raw_id_fields = ("product",)


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ("number", "customer", "status", "placed_at", "total")
    list_filter = ("status",)
    list_select_related = ("customer",)
    search_fields = ("number", "customer__name")
    raw_id_fields = ("customer",)
    inlines = (OrderLineInline,)


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ("title", "product", "rating", "written_on")
    list_filter = ("rating",)
    list_select_related = ("product",)
    raw_id_fields = ("product", "customer")


@admin.register(StockMovement)
class StockMovementAdmin(admin.ModelAdmin):
    list_display = ("product", "warehouse", "kind", "quantity", "moved_at")
    list_filter = ("warehouse", "kind")
    list_select_related = ("product",)
    raw_id_fields = ("product",)
