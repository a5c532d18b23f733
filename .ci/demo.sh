#!/usr/bin/env bash
# demo.sh: the example shop on http://127.0.0.1:8000, ready to be looked at. Every step leaves alone
# what an earlier run made.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export PORT="${PORT:-8000}"

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

manage() { "$VENV/bin/python" example_project/manage.py "$@"; }

if port_taken; then
  die "something serves http://127.0.0.1:$PORT already; stop it, or choose another port: make demo PORT=8001"
fi
bash .ci/setup.sh
say "Database of the example shop"
manage migrate --verbosity 0
manage migrate --verbosity 0 --database profiles
say "Seed data"
manage seed_shop
# Before the pages are driven, one of which needs a login.
manage create_demo_user --verbosity 0
say "Profiles of the shop's pages"
manage drive_shop
manage create_demo_user
say "Serving on http://127.0.0.1:$PORT (stop with Ctrl-C)"
cd example_project
exec "$VENV/bin/gunicorn" -c gunicorn.conf.py shop_project.wsgi
