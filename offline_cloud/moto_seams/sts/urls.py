"""Paths of the STS API: moto's own."""

from __future__ import annotations

from moto.sts.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
