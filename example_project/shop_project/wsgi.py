# SPDX-License-Identifier: MIT
"""WSGI entry point: gunicorn -c gunicorn.conf.py"""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_project.settings")

application = get_wsgi_application()
