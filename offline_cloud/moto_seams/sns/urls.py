"""Paths of the SNS API: moto's own."""

from __future__ import annotations

from moto.sns.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
