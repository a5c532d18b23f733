# SPDX-License-Identifier: MIT
from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from shop.views import account, api, cart, catalogue, checkout, orders, reports, streams

urlpatterns = [
    path("", catalogue.home, name="home"),
    path("products/", catalogue.product_list, name="product-list"),
    path("products/search/", catalogue.product_search, name="product-search"),
    path("products/print/", catalogue.product_print, name="product-print"),
    path("products/<slug:slug>/", catalogue.product_detail, name="product-detail"),
    path("orders/", orders.order_list, name="order-list"),
    path("reports/sales/", reports.sales, name="sales-report"),
    path("reports/affinity/", reports.affinity, name="affinity-report"),
    path("reports/threads/", reports.threads, name="threads-report"),
    path("async/stock/", streams.stock, name="async-stock"),
    path("async/feed/", streams.feed, name="async-feed"),
    path("exports/orders.csv", streams.orders_csv, name="orders-csv"),
    path("api/products/", api.products, name="product-api"),
    path("cart/", cart.show, name="cart"),
    path("cart/add/<slug:slug>/", cart.add, name="cart-add"),
    path("checkout/delivery/", checkout.delivery, name="delivery"),
    path("checkout/broken/", checkout.broken, name="checkout-broken"),
    path("account/", account.account, name="account"),
    path(
        "account/login/", LoginView.as_view(template_name="shop/login.html"), name="account-login"
    ),
    path("account/logout/", LogoutView.as_view(), name="account-logout"),
]
