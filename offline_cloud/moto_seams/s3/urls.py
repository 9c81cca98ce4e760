"""Paths of the S3 API: moto's own, to our answers."""

from __future__ import annotations

from moto.s3.urls import url_bases
from moto.s3.urls import url_paths as _paths

from offline_cloud.moto_seams.s3.responses import OfflineS3Response

__all__ = ["url_bases", "url_paths"]

url_paths = {path: getattr(OfflineS3Response, method.__name__) for path, method in _paths.items()}
