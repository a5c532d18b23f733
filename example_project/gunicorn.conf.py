# SPDX-License-Identifier: MIT
"""gunicorn for the example shop: gunicorn -c example_project/gunicorn.conf.py

PORT or SHOP_BIND (host and port), SHOP_WORKERS and SHOP_THREADS change the values below.
"""

from __future__ import annotations

import os
from pathlib import Path

bind = os.environ.get("SHOP_BIND") or f"127.0.0.1:{os.environ.get('PORT', '8000')}"
chdir = str(Path(__file__).resolve().parent)
wsgi_app = "shop_project.wsgi:application"

# Threads, since the shop shows what concurrent requests in one process look like in profiles.
worker_class = "gthread"
workers = int(os.environ.get("SHOP_WORKERS", "2"))
threads = int(os.environ.get("SHOP_THREADS", "8"))

timeout = 60
graceful_timeout = 15
proc_name = "example-shop"
# The socket lies in the user's home, where several servers would fight over it.
control_socket_disable = True
loglevel = os.environ.get("SHOP_LOG_LEVEL", "info")

# gunicorn takes this prefix off the path, as a proxy in front would.
if os.environ.get("SHOP_SCRIPT_NAME"):
    raw_env = [f"SCRIPT_NAME={os.environ['SHOP_SCRIPT_NAME'].rstrip('/')}"]
