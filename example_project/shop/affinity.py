# SPDX-License-Identifier: MIT
"""What is bought together, as a graph of objects that all point to each other.

Nodes know their edges and edges their nodes, so that nothing here is freed by counting references:
the garbage collector has to find it, and its pauses show up between the calls.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations

from shop.models import OrderLine

BEST_PAIRS = 20
FEWEST_ORDERS = 2


@dataclass(eq=False)
class Node:
    name: str
    slug: str
    edges: dict[str, Edge] = field(default_factory=dict)
    orders: int = 0


@dataclass(eq=False)
class Edge:
    first: Node
    second: Node
    evidence: list[Occasion] = field(default_factory=list)


@dataclass(eq=False)
class Occasion:
    """One order in which both ends of an edge were bought."""

    edge: Edge
    order_id: int


@dataclass(frozen=True)
class Pair:
    first: str
    first_slug: str
    second: str
    second_slug: str
    together: int
    lift: float


def best_pairs() -> list[Pair]:
    """The pairs bought together most often, measured against chance."""
    baskets = load_baskets()
    edges = build_graph(baskets)
    pairs = [describe(edge, len(baskets)) for edge in edges if len(edge.evidence) >= FEWEST_ORDERS]
    return sorted(pairs, key=lambda pair: (-pair.together, -pair.lift, pair.first))[:BEST_PAIRS]


def load_baskets() -> dict[int, list[tuple[str, str]]]:
    baskets: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = OrderLine.objects.order_by("order_id", "product_id")
    for order_id, slug, name in rows.values_list("order_id", "product__slug", "product__name"):
        baskets[order_id].append((slug, name))
    return baskets


def build_graph(baskets: dict[int, list[tuple[str, str]]]) -> list[Edge]:
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for order_id, basket in baskets.items():
        members = [find_node(nodes, slug, name) for slug, name in basket]
        for first, second in combinations(members, 2):
            edge = first.edges.get(second.slug) or connect(first, second, edges)
            edge.evidence.append(Occasion(edge, order_id))
    return edges


def find_node(nodes: dict[str, Node], slug: str, name: str) -> Node:
    node = nodes.setdefault(slug, Node(name, slug))
    node.orders += 1
    return node


def connect(first: Node, second: Node, edges: list[Edge]) -> Edge:
    edge = Edge(first, second)
    first.edges[second.slug] = second.edges[first.slug] = edge
    edges.append(edge)
    return edge


def describe(edge: Edge, order_count: int) -> Pair:
    together = len(edge.evidence)
    expected = edge.first.orders * edge.second.orders / order_count
    return Pair(
        edge.first.name,
        edge.first.slug,
        edge.second.name,
        edge.second.slug,
        together,
        together / expected,
    )
