"""Paths of the Lambda API: moto's, answered by us, and those that moto does not know, so that they fail
loudly.
"""

from __future__ import annotations

from moto.awslambda import urls

from offline_cloud.moto_seams.awslambda.responses import OfflineLambdaResponse

url_bases = urls.url_bases
_PATHS = (
    *urls.url_paths,
    # Names that are none, so that they are refused as such.
    r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[^/]+)$",
    r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[^/]+)/(?P<rest>.+)$",
    r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/runtime-management-config/?$",
    r"{0}/(?P<api_version>[^/]+)/account-settings/?$",
    r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency/?$",
    r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/urls/?$",
)
url_paths = dict.fromkeys(_PATHS, OfflineLambdaResponse.dispatch)
