"""Asynchronous invocation: event invoke configurations and InvokeAsync."""

from __future__ import annotations


class AsynchronousOperations:
    """Asynchronous invocation: event invoke configurations and InvokeAsync."""
