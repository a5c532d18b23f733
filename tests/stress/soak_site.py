# SPDX-License-Identifier: MIT
"""The example shop as it stands under load: without DEBUG, and with few rows kept, so that a soak
sees old profiles go as well as new ones come."""

from __future__ import annotations

import os

os.environ["SHOP_DEBUG"] = "0"

from soak_limits import MAX_PROFILES

from shop_project.settings import *  # noqa: F403
from shop_project.settings import DJANGO_PROFILER as SHOP_PROFILER

DJANGO_PROFILER = SHOP_PROFILER | {"MAX_PROFILES": MAX_PROFILES}
ROOT_URLCONF = "soak_urls"
