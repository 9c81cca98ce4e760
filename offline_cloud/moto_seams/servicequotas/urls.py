"""Paths of Service Quotas: moto's, answered by us."""

from __future__ import annotations

from moto.servicequotas import urls

from offline_cloud.moto_seams.servicequotas.responses import OfflineQuotasResponse

url_bases = urls.url_bases
url_paths = dict.fromkeys(urls.url_paths, OfflineQuotasResponse.dispatch)
