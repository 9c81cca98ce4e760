"""Reserved and provisioned concurrency, and the account's settings."""

from __future__ import annotations


class ConcurrencyOperations:
    """Reserved and provisioned concurrency, and the account's settings."""
