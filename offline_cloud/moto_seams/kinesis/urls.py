"""Paths of the Kinesis API: moto's own."""

from __future__ import annotations

from moto.kinesis.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
