# SPDX-License-Identifier: MIT
"""A search that forgives misspelling, written the slow way.

Every word of every product is compared with every word that was asked for, and the three-letter
pieces of both are cut anew for each pair. An index, or at least a cache, would save nearly all of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shop.models import Product

WORD = re.compile(r"[a-z]+")
# How alike two words must be, from 0 to 1, to count as the same one misspelt.
ALIKE = 0.35
NAME_WEIGHT = 3.0
MOST_RESULTS = 24


@dataclass(frozen=True)
class Hit:
    product: Product
    score: float


def search_products(query: str) -> list[Hit]:
    """The products that fit best, best first."""
    terms = split_words(query)
    if not terms:
        return []
    hits = [
        Hit(product, score_product(product, terms))
        for product in Product.objects.select_related("category")
    ]
    found = [hit for hit in hits if hit.score > 0]
    return sorted(found, key=lambda hit: (-hit.score, hit.product.name))[:MOST_RESULTS]


def split_words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def score_product(product: Product, terms: list[str]) -> float:
    name = score_text(product.name, terms)
    text = score_text(f"{product.category.name} {product.description}", terms)
    return NAME_WEIGHT * name + text


def score_text(text: str, terms: list[str]) -> float:
    words = split_words(text)
    return sum(best_match(term, words) for term in terms)


def best_match(term: str, words: list[str]) -> float:
    best = 0.0
    for word in words:
        alike = similarity(term, word)
        if alike > best:
            best = alike
    return best if best >= ALIKE else 0.0


def similarity(first: str, second: str) -> float:
    """The share of three-letter pieces that two words have in common."""
    pieces, others = cut_pieces(first), cut_pieces(second)
    return len(pieces & others) / len(pieces | others)


def cut_pieces(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
