"""Paths of the SQS API: moto's own."""

from __future__ import annotations

from moto.sqs.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
