"""Event source mappings."""

from __future__ import annotations


class EventSourceOperations:
    """Event source mappings."""
