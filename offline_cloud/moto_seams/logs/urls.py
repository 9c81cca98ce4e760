"""Paths of the CloudWatch Logs API: moto's own."""

from __future__ import annotations

from moto.logs.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
