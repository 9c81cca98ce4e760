"""Import this in a template process: every botocore session of its children then shares, already read, the
descriptions of the services that labs use.

Reading them is most of what making a client costs (Lambda 140 ms the first time, 11 ms the second), and
botocore remembers them per session only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import botocore.loaders

SERVICES = ("lambda", "ssm", "s3", "dynamodb", "sts", "logs", "stepfunctions")


def share(*services: str) -> None:
    """Read the descriptions of more services."""
    session = boto3.Session("nobody", "nothing", region_name="us-east-1")
    make: Any = session.client
    for service in services:
        make(service, endpoint_url="http://localhost:1")
    if "dynamodb" in services:
        session.resource("dynamodb", endpoint_url="http://localhost:1")


def _remember() -> None:
    loader: Any = botocore.loaders.Loader
    # Each looks through hundreds of folders or reads a large file, and answers the same for ever.
    for name in ("list_available_services", "load_service_model", "load_data_with_path"):
        setattr(loader, name, _remembered(getattr(loader, name)))


def _remembered(method: Any) -> Any:
    """The method with one memory for all loaders that look in the same folders."""
    known: dict[Any, Any] = {}

    def remembered(self: Any, *arguments: Any, **named: Any) -> Any:
        # A home may hold models of one's own; what doesn't exist makes no difference.
        places = tuple(path for path in self.search_paths if Path(path).is_dir())
        key = (places, arguments, tuple(sorted(named.items())))
        if key not in known:
            known[key] = method(self, *arguments, **named)
        return known[key]

    return remembered


_remember()
share(*SERVICES)
