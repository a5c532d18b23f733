# SPDX-License-Identifier: MIT
"""A secret that is made once and then kept in a file only its owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

SECRET_BYTES = 48


def read_or_create_secret(path: Path, *, nbytes: int = SECRET_BYTES) -> str:
    """Read the secret at path, making it first if there is none.

    Several workers may start at once, so the file is written under another name and linked into
    place: whoever comes second fails to link and reads what the first one wrote.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(nbytes))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
