"""The only place that touches moto's internals: routing to it, and our backends in the place of its own.

A seam is a module with `install(context)`, which puts a subclassed backend where moto keeps its own. It must
happen before the first request to that service, so it happens on the way of that request and not earlier:
a cloud is ready before any service is imported.
"""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["Seams"]

# moto's module -> our seams that it needs. Whoever creates resources of other services needs all of them.
_ALL = ("awslambda", "cloudwatch", "dynamodb", "kinesis", "logs", "s3", "sns", "sqs", "stepfunctions", "sts")
_MAPPED = ("dynamodb", "kinesis", "sqs", "awslambda")  # Lambda looks into those that feed it
_NEEDED = {
    "awslambda": _MAPPED,
    "cloudwatch": ("cloudwatch",),
    "dynamodb": ("dynamodb",),
    "dynamodbstreams": ("dynamodb",),
    "functionurls": ("sts", *_MAPPED),
    "codelocations": _MAPPED,
    "kinesis": ("cloudwatch", "kinesis"),  # moto's streams tell CloudWatch of records
    "logs": _MAPPED,
    "s3": ("s3",),
    "servicequotas": ("servicequotas",),
    "sns": ("sns",),
    "sqs": ("sqs",),
    "ssm": ("ssm",),
    "stepfunctions": ("stepfunctions",),
    "sts": ("sts",),
    "cloudformation": _ALL,
}


class Seams:
    """Installs each seam once, when it is first needed."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._installed: set[str] = set()
        self._ready: set[str] = set()

    def prepare(self, module: str) -> None:
        """Have everything in place for a request to this service."""
        if module in self._ready:
            return
        with self._lock:
            for name in _NEEDED.get(module, ()):
                if name not in self._installed:
                    importlib.import_module(f"offline_cloud.moto_seams.{name}").install(self._context)
                    self._installed.add(name)
            for name in _ALL:
                if name in self._installed:
                    _forget_motos_own(name)
            self._ready.add(module)


def _forget_motos_own(module: str) -> None:
    """Drop backends that moto made when another service looked for a resource before anybody else did.

    They are empty, but moto would keep them, and our backend would never be asked.
    """
    from moto import backends

    ours = backends.get_backend(module)
    for account in ours.values():
        account.backend = ours.backend
        for region in [region for region, one in account.items() if type(one) is not ours.backend]:
            del account[region]
