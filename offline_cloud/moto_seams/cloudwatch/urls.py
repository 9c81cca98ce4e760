"""Paths of CloudWatch: moto's, answered by us."""

from __future__ import annotations

from moto.cloudwatch import urls

from offline_cloud.moto_seams.cloudwatch.responses import OfflineCloudWatchResponse

url_bases = urls.url_bases
url_paths = dict.fromkeys(urls.url_paths, OfflineCloudWatchResponse.dispatch)
