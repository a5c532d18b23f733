# SPDX-License-Identifier: MIT
"""The word lists behind the seeded shop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Noun:
    """Something to sell: its icon, the price in cents of a plain one, its weight and sizes."""

    name: str
    icon: str
    cents: int
    grams: int
    sizes: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Shelf:
    """A leaf of the category tree and what lies on it."""

    slug: str
    name: str
    icon: str
    blurb: str
    nouns: tuple[Noun, ...]
    # Material and how it changes the price, in per cent.
    materials: tuple[tuple[str, int], ...]
    uses: tuple[str, ...]


@dataclass(frozen=True)
class Room:
    """A root of the category tree."""

    slug: str
    name: str
    icon: str
    blurb: str
    shelves: tuple[Shelf, ...]


LINES = (
    "Alder", "Aster", "Bramble", "Corrie", "Cove", "Drift", "Dunmore", "Ember", "Fell", "Heron",
    "Juno", "Kestrel", "Lind", "Marl", "Mira", "Nook", "Orla", "Osier", "Pell", "Quay", "Rowan",
    "Sable", "Tarn", "Thicket", "Umber", "Vesper", "Wick", "Yarrow",
)  # fmt: skip

KITCHEN = Room(
    "kitchen",
    "Kitchen",
    "pot",
    "For the stove, the board and the first cup of the day.",
    (
        Shelf(
            "cookware",
            "Cookware",
            "pan",
            "Pans that get better with every year of use.",
            (
                Noun("skillet", "pan", 4200, 1500, ("20 cm", "24 cm", "28 cm")),
                Noun("saucepan", "pot", 4900, 1300, ("1.5 l", "2.5 l")),
                Noun("casserole", "pot", 9800, 4200, ("4 l", "6 l")),
                Noun("wok", "pan", 5600, 1700, ("30 cm", "34 cm")),
                Noun("stockpot", "pot", 7900, 2600, ("8 l", "12 l")),
                Noun("roasting tin", "pan", 3600, 1900, ("30 cm", "38 cm")),
            ),
            (
                ("cast-iron", 110),
                ("carbon-steel", 100),
                ("enamelled", 120),
                ("copper-core", 190),
                ("stainless", 95),
            ),
            (
                "Heats slowly and evenly, and stays hot after the flame is off.",
                "The handle is riveted twice and keeps cool on a gas stove.",
                "Works on gas, induction and in an oven up to 260 degrees.",
                "A little oil after washing is all the care it asks for.",
                "Wide enough for four portions without crowding.",
            ),
        ),
        Shelf(
            "knives",
            "Knives & boards",
            "knife",
            "Edges that hold, and wood to meet them.",
            (
                Noun("chef's knife", "knife", 7400, 220, ("18 cm", "21 cm")),
                Noun("paring knife", "knife", 2900, 80, ("9 cm",)),
                Noun("bread knife", "knife", 5200, 190, ("24 cm",)),
                Noun("chopping board", "board", 3800, 1400, ("30 cm", "40 cm", "50 cm")),
                Noun("serving board", "board", 3100, 900, ("35 cm",)),
            ),
            (
                ("walnut", 125),
                ("olive-wood", 115),
                ("damascus", 170),
                ("ash", 90),
                ("high-carbon", 110),
            ),
            (
                "Ground thin and finished by hand on a water stone.",
                "The grain runs lengthwise, so it does not warp in a damp kitchen.",
                "Balanced at the collar, which makes long prep work less tiring.",
                "Oil it twice a year and it will outlive the table.",
                "Comes with a card that explains sharpening in six drawings.",
            ),
        ),
        Shelf(
            "coffee",
            "Coffee & tea",
            "kettle",
            "Slow mornings, made properly.",
            (
                Noun("kettle", "kettle", 5900, 1100, ("1 l", "1.7 l")),
                Noun("teapot", "kettle", 4400, 900, ("0.6 l", "1.2 l")),
                Noun("pour-over dripper", "cup", 2600, 320, ("2 cups", "4 cups")),
                Noun("cup", "cup", 1400, 260, ("12 cl", "25 cl")),
                Noun("coffee grinder", "grinder", 8300, 780, ("",)),
                Noun("milk jug", "kettle", 2100, 340, ("0.3 l",)),
            ),
            (
                ("stoneware", 100),
                ("porcelain", 115),
                ("glass", 90),
                ("brushed-steel", 130),
                ("speckled", 105),
            ),
            (
                "Pours in a thin, steady thread without dripping at the end.",
                "Keeps its heat for as long as it takes to read one chapter.",
                "The glaze is mixed in small batches, so no two look the same.",
                "Easy to take apart, and every part can be ordered singly.",
                "Holds exactly what its name says, which is rarer than one thinks.",
            ),
        ),
    ),
)

LIVING = Room(
    "living",
    "Living room",
    "lamp",
    "Warm light, soft edges and a place for everything.",
    (
        Shelf(
            "lighting",
            "Lighting",
            "lamp",
            "Lamps for reading, for dinner and for doing nothing.",
            (
                Noun("table lamp", "lamp", 6900, 1600, ("",)),
                Noun("floor lamp", "floor-lamp", 14900, 5200, ("",)),
                Noun("pendant", "pendant", 9800, 1400, ("28 cm", "40 cm")),
                Noun("reading lamp", "lamp", 7800, 1300, ("",)),
                Noun("wall light", "pendant", 5400, 800, ("",)),
            ),
            (
                ("linen", 100),
                ("brass", 145),
                ("paper", 75),
                ("opal-glass", 125),
                ("oiled-oak", 120),
            ),
            (
                "Throws a wide, warm circle and leaves the corners dim.",
                "The dimmer is silent and goes all the way down.",
                "Takes an ordinary bulb, which is included.",
                "The flex is covered in cotton and two metres long.",
                "Looks as good switched off as it does at night.",
            ),
        ),
        Shelf(
            "textiles",
            "Textiles",
            "cushion",
            "Blankets and cushions from small mills.",
            (
                Noun("blanket", "blanket", 8900, 1300, ("130 × 180 cm", "150 × 220 cm")),
                Noun("cushion", "cushion", 3400, 500, ("40 cm", "50 cm")),
                Noun("throw", "blanket", 6200, 900, ("120 × 170 cm",)),
                Noun("table runner", "blanket", 2800, 260, ("150 cm", "200 cm")),
                Noun("floor cushion", "cushion", 7600, 2600, ("60 cm",)),
            ),
            (
                ("merino", 135),
                ("washed-linen", 105),
                ("organic-cotton", 85),
                ("alpaca", 170),
                ("boiled-wool", 115),
            ),
            (
                "Woven on narrow looms, with a hem that will not curl.",
                "Softens with every wash and hardly ever needs ironing.",
                "The colour comes from plants and fades slowly and evenly.",
                "Heavy enough to stay put, light enough to carry outdoors.",
                "Filled with wool offcuts that would otherwise be thrown away.",
            ),
        ),
        Shelf(
            "storage",
            "Storage",
            "basket",
            "Baskets, boxes and hooks that look good half empty.",
            (
                Noun("basket", "basket", 3600, 700, ("small", "medium", "large")),
                Noun("storage box", "box", 2900, 900, ("A5", "A4", "A3")),
                Noun("coat rack", "hooks", 6400, 2100, ("4 hooks", "6 hooks")),
                Noun("log basket", "basket", 5800, 1900, ("",)),
                Noun("letter tray", "box", 2400, 600, ("",)),
            ),
            (
                ("willow", 100),
                ("rattan", 110),
                ("birch-ply", 95),
                ("felt", 80),
                ("steel-wire", 90),
            ),
            (
                "Stands upright on its own and stacks with its siblings.",
                "The handles are wrapped in leather and do not cut into the hand.",
                "Folds flat when it is not needed.",
                "Strong enough for books, firewood or a sleeping cat.",
                "Has a small brass frame for a label.",
            ),
        ),
    ),
)

GARDEN = Room(
    "garden",
    "Garden",
    "plant",
    "Tools for soil and weather, and a bench to rest from them.",
    (
        Shelf(
            "planters",
            "Planters",
            "plant",
            "Pots that survive a frost.",
            (
                Noun("plant pot", "plant", 1900, 1100, ("14 cm", "20 cm", "28 cm")),
                Noun("window box", "planter", 3900, 2400, ("60 cm", "80 cm")),
                Noun("hanging pot", "plant", 2700, 700, ("18 cm",)),
                Noun("raised bed", "planter", 11900, 14500, ("120 cm",)),
                Noun("seed tray", "planter", 1500, 400, ("12 cells", "24 cells")),
            ),
            (
                ("terracotta", 100),
                ("fibre-stone", 125),
                ("zinc", 115),
                ("larch", 110),
                ("recycled", 80),
            ),
            (
                "Drains well and comes with a matching saucer.",
                "Fired long enough to stay outside through the winter.",
                "Grows a pale patina in its first summer.",
                "Light enough for a balcony that has seen better days.",
                "Deep enough for tomatoes, wide enough for herbs.",
            ),
        ),
        Shelf(
            "tools",
            "Hand tools",
            "trowel",
            "Forged once, sharpened for decades.",
            (
                Noun("trowel", "trowel", 2600, 320, ("",)),
                Noun("secateurs", "shears", 4800, 260, ("",)),
                Noun("hand fork", "trowel", 2700, 340, ("",)),
                Noun("hedge shears", "shears", 6900, 980, ("",)),
                Noun("watering can", "can", 4300, 1200, ("5 l", "10 l")),
                Noun("dibber", "trowel", 1600, 180, ("",)),
            ),
            (
                ("forged", 120),
                ("copper", 150),
                ("ash-handled", 100),
                ("galvanised", 90),
                ("left-handed", 105),
            ),
            (
                "Cuts cleanly, so that the plant heals quickly.",
                "The handle is turned from a single piece and can be replaced.",
                "Stays sharp through stony soil.",
                "Sits in the hand as if it had always been there.",
                "Every spring, screw and blade is sold as a spare part.",
            ),
        ),
        Shelf(
            "outdoor",
            "Outdoor living",
            "bench",
            "For long evenings and short summers.",
            (
                Noun("bench", "bench", 18900, 16500, ("2 seats", "3 seats")),
                Noun("lantern", "lantern", 3900, 900, ("small", "large")),
                Noun("fire bowl", "fire", 12900, 9800, ("50 cm", "70 cm")),
                Noun("folding chair", "bench", 7900, 4300, ("",)),
                Noun("bird house", "birdhouse", 2800, 1100, ("",)),
            ),
            (
                ("teak", 140),
                ("acacia", 105),
                ("weathered-steel", 115),
                ("powder-coated", 95),
                ("cedar", 120),
            ),
            (
                "Can be left outside all year, and turns silver if it is.",
                "Folds in one movement and hangs on a nail.",
                "Put together in ten minutes with one key.",
                "Stands firmly on grass, gravel and old paving.",
                "Made for people who stay until the last light is gone.",
            ),
        ),
    ),
)

ROOMS = (KITCHEN, LIVING, GARDEN)

OPENINGS = (
    "{A} {material} {noun} for people who keep their things.",
    "The {line} {noun} is the one our own staff take home.",
    "Plain, honest and a little heavier than expected: {a} {material} {noun}.",
    "Made in a workshop of eleven people who make nothing but the {line} range.",
    "We looked for a good {noun} for two years before we found this one.",
    "A quiet design from the {line} range, drawn with as few lines as possible.",
)
CLOSINGS = (
    "Guaranteed for ten years, and repaired after that.",
    "Sent in a box without plastic.",
    "If it is not right, send it back within sixty days.",
    "Goes well with the rest of the {line} range.",
    "Made to order in busy months, so please allow an extra week.",
    "Small marks in the surface are part of the material and no fault.",
)

GIVEN_NAMES = (
    "Adaeze", "Aino", "Alba", "Amir", "Anouk", "Arjun", "Astrid", "Basma", "Bram", "Carys",
    "Chiara", "Dalia", "Davor", "Eero", "Elif", "Emre", "Esther", "Farah", "Femi", "Fionn",
    "Greta", "Hana", "Henrik", "Ilse", "Imani", "Ines", "Ivo", "Jarek", "Jonas", "Kaja", "Kenji",
    "Lamia", "Leonor", "Linnea", "Lucian", "Maren", "Mateus", "Mei", "Mila", "Nadia", "Niamh",
    "Noor", "Oskar", "Paola", "Petra", "Ravi", "Rosalind", "Samir", "Sanna", "Silvan", "Tamsin",
    "Teodor", "Ulla", "Viktor", "Wanda", "Xenia", "Yara", "Yusuf", "Zofia", "Zoltan",
)  # fmt: skip
FAMILY_NAMES = (
    "Aldous", "Almeida", "Andersen", "Azoulay", "Bakker", "Banerjee", "Bergqvist", "Bianchi",
    "Castellan", "Chaudhry", "Dijkstra", "Dragomir", "Eklund", "Fairweather", "Ferrante", "Gruber",
    "Haddad", "Hartigan", "Hoxha", "Ikeda", "Ilves", "Jansson", "Kallio", "Karlsen", "Kowalczyk",
    "Laurent", "Lindqvist", "Lombard", "Marchetti", "Mbeki", "Moravec", "Nakamura", "Novotny",
    "Nwosu", "Okafor", "Oliveira", "Paulsen", "Petrov", "Quintero", "Rademaker", "Rossi",
    "Sandoval", "Schreiber", "Sorensen", "Szabo", "Takala", "Thorne", "Ueda", "Vasquez", "Verhoeven",
    "Weir", "Winther", "Yilmaz", "Zielinski",
)  # fmt: skip
TOWNS = (
    ("Aarhus", "Denmark"), ("Antwerp", "Belgium"), ("Bergen", "Norway"), ("Bilbao", "Spain"),
    ("Bologna", "Italy"), ("Bremen", "Germany"), ("Brno", "Czechia"), ("Cork", "Ireland"),
    ("Dresden", "Germany"), ("Gdansk", "Poland"), ("Ghent", "Belgium"), ("Gothenburg", "Sweden"),
    ("Graz", "Austria"), ("Groningen", "Netherlands"), ("Leipzig", "Germany"), ("Lille", "France"),
    ("Linz", "Austria"), ("Malmo", "Sweden"), ("Nantes", "France"), ("Odense", "Denmark"),
    ("Porto", "Portugal"), ("Rennes", "France"), ("Tampere", "Finland"), ("Trieste", "Italy"),
    ("Turku", "Finland"), ("Utrecht", "Netherlands"), ("Valencia", "Spain"), ("Wroclaw", "Poland"),
)  # fmt: skip
MAIL_HOSTS = ("example.com", "example.net", "example.org")

REVIEW_TITLES = {
    5: ("Could not be happier", "Worth every cent", "Bought a second one", "Simply beautiful"),
    4: ("Very good", "Nearly perfect", "Solid and well made", "A good buy"),
    3: ("Does its job", "Fine, not more", "Good, but slow to arrive", "As described"),
    2: ("Expected more", "A bit disappointing", "Not for us"),
    1: ("Sent it back", "Arrived broken"),
}
REVIEW_TEXTS = {
    5: (
        "In daily use since the spring and it still looks like new.",
        "Heavier than I thought, in the best way.",
        "A gift for my sister, who has not stopped talking about it.",
        "The photo does not do it justice.",
    ),
    4: (
        "One star less because the box was much too large.",
        "Lovely thing. The colour is slightly darker than in the picture.",
        "Took a week to get used to, now we would not go without.",
    ),
    3: (
        "Nothing wrong with it, nothing special about it.",
        "Works well enough, but the edges could be finer.",
        "The delivery took two weeks. The thing itself is fine.",
    ),
    2: (
        "Smaller than expected. Read the measures before you buy.",
        "The finish came off at one corner after a month.",
    ),
    1: (
        "Cracked on the first day. At least the refund was quick.",
        "Not what we ordered, and it smelled of varnish.",
    ),
}
