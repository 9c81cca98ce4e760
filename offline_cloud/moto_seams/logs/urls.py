"""Paths of the CloudWatch Logs API: moto's, answered by us."""

from __future__ import annotations

from moto.logs import urls

from offline_cloud.moto_seams.logs.responses import OfflineLogsResponse

__all__ = ["url_bases", "url_paths"]

url_bases = urls.url_bases
url_paths = dict.fromkeys(urls.url_paths, OfflineLogsResponse.dispatch)
