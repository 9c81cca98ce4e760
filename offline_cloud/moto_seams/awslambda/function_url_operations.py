"""Function URL configurations."""

from __future__ import annotations


class FunctionUrlOperations:
    """Function URL configurations."""
