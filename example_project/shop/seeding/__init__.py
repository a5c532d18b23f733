# SPDX-License-Identifier: MIT
"""Makes the shop's data: the same rows for the same seed, on every machine and on any day.

words       what things and people are called, and what is said about them
catalogue   categories and products
people      customers
sales       orders with their lines
aftermath   reviews and stock movements
"""

from __future__ import annotations

from datetime import date

# Not today: the rows, and so the reports about them, must not depend on when they were made.
LAST_DAY = date(2026, 10, 31)
DEFAULT_SEED = 2026
