# SPDX-License-Identifier: MIT
"""Payment, as it looks on the day after a key was rotated and one currency was forgotten."""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal


class SigningKeyMissing(LookupError):
    """The payment service has no key for this currency."""


SIGNING_KEYS = {"DKK": b"demo-key-dkk", "SEK": b"demo-key-sek", "NOK": b"demo-key-nok"}
CURRENCY = "EUR"


def charge(amount: Decimal) -> str:
    """Ask for the amount and return the receipt's number."""
    return sign_request(f"amount={amount};currency={CURRENCY}", CURRENCY)[:12]


def sign_request(message: str, currency: str) -> str:
    return hmac.new(find_key(currency), message.encode(), hashlib.sha256).hexdigest()


def find_key(currency: str) -> bytes:
    try:
        return SIGNING_KEYS[currency]
    except KeyError:
        raise SigningKeyMissing(f"no signing key for payments in {currency}") from None
