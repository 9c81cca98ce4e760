"""Paths of the Step Functions API: moto's own, which nobody asks; requests are answered directly."""

from __future__ import annotations

from moto.stepfunctions.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
