"""What stands behind `Code.Location`: the zip of a function, of one of its versions, or of a layer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from moto.awslambda.models import lambda_backends

from offline_cloud import code_locations, function_urls
from offline_cloud.moto_seams.dispatch import Answer, Target

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineLambdaBackend
    from offline_cloud.server import CloudContext

__all__ = ["answerer", "location"]


def location(backend: OfflineLambdaBackend, host: str | None, kind: str, name: str, archive: bytes) -> str:
    """An address of this zip for a client that reached the cloud at `host`."""
    context = backend.context
    return function_urls.base_at(host, context.endpoint) + code_locations.signed_path(
        kind,
        region=backend.region_name,
        account=backend.account_id,
        name=name,
        digest=hashlib.sha256(archive).hexdigest(),
        now=context.clock.now(),
        key=_key(context),
    )


def answerer(context: CloudContext) -> Callable[[Target, dict[str, Any]], Answer]:
    """What answers requests for zips, with S3's errors."""

    def answer(_target: Target, environ: dict[str, Any]) -> Answer:
        try:
            digest = code_locations.digest_of(environ["RAW_URI"], now=context.clock.now(), key=_key(context))
            for archive in _archives():
                if hashlib.sha256(archive).hexdigest() == digest:
                    return Answer(200, [("Content-Type", "application/zip")], archive)
            return _refused(404, "NoSuchKey", "The specified key does not exist.")
        except code_locations.LocationError as error:
            return _refused(403, error.code, str(error))

    return answer


def _key(context: CloudContext) -> str:
    return f"the code of the cloud {context.ids.seed}"


def _archives() -> list[bytes]:
    found: list[bytes] = []
    for regions in list(lambda_backends.values()):
        for backend in list(regions.values()):
            for group in list(backend._lambdas._functions.values()):
                functions = [group["latest"], *group["versions"]]
                found += [each.code_bytes for each in functions if each.package is not None]
            for layer in list(backend._layers._layers.values()):
                found += [version.code_bytes for version in list(layer.layer_versions.values())]
    return found


def _refused(status: int, code: str, message: str) -> Answer:
    inner = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'
    return Answer(status, [("Content-Type", "application/xml")], text.encode())
