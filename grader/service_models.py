"""Import this in a template process: every botocore session of its children then shares, already read, the
descriptions of the services that labs use.

Reading them is most of what making a client costs (Lambda 140 ms the first time, 11 ms the second), and
botocore remembers them per session only.
"""

from __future__ import annotations

from typing import Any

import boto3
import botocore.loaders

SERVICES = ("lambda", "ssm", "s3", "dynamodb", "sts", "logs")


def _share() -> None:
    loader: Any = botocore.loaders.JSONFileLoader
    read, known = loader.load_file, {}

    def load_file(self: Any, file_path: str) -> Any:
        if file_path not in known:
            known[file_path] = read(self, file_path)
        return known[file_path]

    loader.load_file = load_file
    session = boto3.Session("nobody", "nothing", region_name="us-east-1")
    for service in SERVICES:
        make: Any = session.client
        make(service, endpoint_url="http://localhost:1")
    session.resource("dynamodb", endpoint_url="http://localhost:1")


_share()
