"""What S3 tells of an object, and to whom.

Rule 1: a function is invoked asynchronously, with the retries, dead letters and destinations of its own.
Rule 2: sequencers grow, so two events about one key can be put in order.
Rule 3: a destination that is gone loses the event, as on AWS.

Source: S3 user guide, "Event message structure".
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.s3.notifications import _send_event_bridge_message

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

_log = logging.getLogger(__name__)


class Notifier:
    """Sends the notifications of all buckets of a cloud."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._numbers = itertools.count(1)

    def __call__(self, account_id: str, event_name: str, bucket: Any, key: Any) -> None:
        """Something happened to an object; moto calls this, on the thread of whoever did it."""
        configuration = bucket.notification_configuration
        if configuration is None:
            return
        sequencer: str | None = None
        for kind in ("cloud_function", "queue", "topic"):
            for rule in getattr(configuration, kind):
                if rule.matches(event_name, key.name):
                    sequencer = sequencer or self._sequencer()
                    record = self._record(account_id, event_name, bucket, key)
                    record["s3"]["configurationId"] = rule.id
                    record["s3"]["object"]["sequencer"] = sequencer
                    self._send(kind, rule.arn, json.dumps({"Records": [record]}))
        if configuration.event_bridge is not None:
            _send_event_bridge_message(account_id, bucket, event_name, key)

    def _send(self, kind: str, arn: str, event: str) -> None:
        # Loaded when they are needed: most buckets tell nobody anything.
        from moto.awslambda.models import lambda_backends
        from moto.sns.models import sns_backends
        from moto.sqs.models import sqs_backends

        _, _, _, region, account, *rest = arn.split(":")
        try:
            if kind == "cloud_function":
                backend: Any = lambda_backends[account][region]
                function, invoked = backend.resolve(arn, None)
                backend.queue.put(function, invoked, event.encode())
            elif kind == "queue":
                with self._context.locks.serving("sqs"):
                    sqs_backends[account][region].send_message(rest[-1], event)
            else:
                with self._context.locks.serving("sns"):
                    sns_backends[account][region].publish(
                        arn=arn, message=event, subject="Amazon S3 Notification"
                    )
        except (JsonRESTError, ServiceException) as gone:
            _log.info("a notification did not reach %s: %s", arn, gone)

    def _record(self, account: str, event_name: str, bucket: Any, key: Any) -> dict[str, Any]:
        now = datetime.fromtimestamp(self._context.clock.now(), UTC)
        told: dict[str, Any] = {"key": quote_plus(key.name, safe="/")}
        if not event_name.startswith("s3:ObjectRemoved"):
            told |= {"size": key.size, "eTag": key.etag.replace('"', "")}
        if bucket.is_versioned and getattr(key, "version_id", None):
            told["versionId"] = str(key.version_id)
        owner = {"principalId": "A" + hashlib.sha256(account.encode()).hexdigest()[:13].upper()}
        ids = self._context.ids
        return {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": bucket.region_name,
            "eventTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "eventName": event_name.removeprefix("s3:"),
            "userIdentity": {"principalId": f"AWS:{account}"},
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {
                "x-amz-request-id": ids.hex(16).upper(),
                "x-amz-id-2": base64.b64encode(bytes.fromhex(ids.hex(114))).decode(),
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": None,
                "bucket": {"name": bucket.name, "ownerIdentity": owner, "arn": bucket.arn},
                "object": told,
            },
        }

    def _sequencer(self) -> str:
        return f"{int(self._context.clock.now() * 1000):012X}{next(self._numbers) % 2**24:06X}"
