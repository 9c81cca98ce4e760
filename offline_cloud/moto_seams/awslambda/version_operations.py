"""Versions and aliases."""

from __future__ import annotations


class VersionOperations:
    """Versions and aliases."""
