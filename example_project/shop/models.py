# SPDX-License-Identifier: MIT
"""The shop: a catalogue in a tree of categories, customers, their orders and reviews, and stock."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse


class Category(models.Model):
    name = models.CharField(max_length=60)
    slug = models.SlugField(unique=True)
    icon = models.SlugField()
    blurb = models.CharField(max_length=200)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position",)
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    sku = models.CharField("SKU", max_length=16, unique=True)
    icon = models.SlugField()
    description = models.TextField()
    price = models.DecimalField(max_digits=8, decimal_places=2, db_index=True)
    weight_grams = models.PositiveIntegerField()
    added_on = models.DateField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("product-detail", args=[self.slug])


class Customer(models.Model):
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    name = models.CharField(max_length=80)
    email = models.EmailField(unique=True)
    city = models.CharField(max_length=60)
    country = models.CharField(max_length=40, db_index=True)
    joined_on = models.DateField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    class Status(models.TextChoices):
        PLACED = "placed"
        PACKED = "packed"
        SHIPPED = "shipped"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    number = models.CharField(max_length=12, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=10, choices=Status.choices, db_index=True)
    placed_at = models.DateTimeField(db_index=True)
    total = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        ordering = ("-placed_at", "-pk")

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lines")
    quantity = models.PositiveSmallIntegerField()
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"

    @property
    def amount(self) -> Decimal:
        return self.unit_price * self.quantity


class Review(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="reviews")
    rating = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    title = models.CharField(max_length=80)
    text = models.TextField()
    written_on = models.DateField()

    class Meta:
        ordering = ("-written_on", "-pk")

    def __str__(self) -> str:
        return self.title


class StockMovement(models.Model):
    class Warehouse(models.TextChoices):
        NORTH = "north", "North dock"
        RIVER = "river", "River yard"
        HILL = "hill", "Hill depot"

    class Kind(models.TextChoices):
        RECEIVED = "received"
        SOLD = "sold"
        RETURNED = "returned"
        COUNTED = "counted"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="movements")
    warehouse = models.CharField(max_length=8, choices=Warehouse.choices)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    quantity = models.IntegerField(help_text="Negative when goods leave.")
    moved_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("-moved_at", "-pk")

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+d}"
