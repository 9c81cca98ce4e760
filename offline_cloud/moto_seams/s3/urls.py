"""Paths of the S3 API: moto's own."""

from __future__ import annotations

from moto.s3.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
