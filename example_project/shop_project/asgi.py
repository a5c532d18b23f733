# SPDX-License-Identifier: MIT
"""ASGI entry point, for any ASGI server: uvicorn shop_project.asgi:application"""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_project.settings")

application = get_asgi_application()
