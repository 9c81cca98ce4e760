"""moto's SNS backend: a function gets the message that was published, and what nobody could take goes to the
subscription's dead-letter queue.

Rule 1: a function is invoked asynchronously, with the retries and destinations of its own.
Rule 2: queues are touched under the lock of SQS: moto's SNS writes into them from outside.
Rule 3: one key signs for the whole cloud. moto makes a key for each subscription, which takes longer than all
the rest of a delivery.

Source: SNS developer guide, "Fanout to Lambda functions", "Amazon SNS dead-letter queues"; Lambda developer
guide, "Invoking Lambda functions with Amazon SNS notifications".
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

from moto.core.exceptions import JsonRESTError
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[a-zA-Z0-9-_]+(:[a-zA-Z0-9$_-]+)?")


class OfflineSubscription(Subscription):
    """A subscription that delivers to functions, and keeps what could not be delivered."""

    def publish(self, message: str, message_id: str, **about: Any) -> None:
        """Deliver a message, if the filter policy wants it."""
        context = OfflineSNSBackend.context
        if self.protocol == "sqs":
            try:
                with context.locks.serving("sqs"):
                    super().publish(message, message_id, **about)
            except QueueDoesNotExist:
                self._keep(message, message_id, about)
        elif self.protocol == "lambda":
            self._invoke(message, message_id, about)
        else:
            super().publish(message, message_id, **about)

    def private_key(self) -> Any:
        """The key that signs."""
        key = OfflineSNSBackend.key
        if key is None:
            key = OfflineSNSBackend.key = super().private_key()
        return key

    def get_post_data(self, *message: Any, **about: Any) -> dict[str, Any]:
        """What goes to queues and HTTP endpoints; the address to unsubscribe is the subscription's own."""
        data: dict[str, Any] = super().get_post_data(*message, **about)
        region = self.topic.arn.split(":")[3]
        data["UnsubscribeURL"] = (
            f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={self.arn}"
        )
        return data

    def _invoke(self, message: str, message_id: str, about: dict[str, Any]) -> None:
        attributes = about.get("message_attributes")
        matcher = self._filter_policy_matcher
        if matcher is not None and not matcher.matches(attributes, message):
            return
        if about.get("message_structure") == "json":
            message = self._parse_message_structure(message, self.protocol)
        from moto.awslambda.models import lambda_backends

        _, _, _, region, account, *_ = self.endpoint.split(":")
        backend: Any = lambda_backends[account][region]
        try:
            function, invoked = backend.resolve(self.endpoint, None)
        except (JsonRESTError, AttributeError):  # the latter: nobody has asked Lambda for anything yet
            self._keep(message, message_id, about)
            return
        event = self._event(self.get_post_data(message, message_id, about.get("subject"), attributes))
        backend.queue.put(function, invoked, json.dumps(event).encode())

    def _event(self, told: dict[str, Any]) -> dict[str, Any]:
        notification = {
            "SignatureVersion": told["SignatureVersion"],
            "Timestamp": told["Timestamp"],
            "Signature": told["Signature"],
            "SigningCertUrl": told["SigningCertURL"],
            "MessageId": told["MessageId"],
            "Message": told["Message"],
            "MessageAttributes": {
                name: {"Type": given["Type"], "Value": _plain(given["Value"])}
                for name, given in (told.get("MessageAttributes") or {}).items()
            },
            "Type": "Notification",
            "UnsubscribeUrl": told["UnsubscribeURL"],
            "TopicArn": told["TopicArn"],
            "Subject": told.get("Subject"),
        }
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": self.arn,
            "EventSource": "aws:sns",
            "Sns": notification,
        }
        return {"Records": [record]}

    def _keep(self, message: str, message_id: str, about: dict[str, Any]) -> None:
        """The endpoint is gone: to the dead-letter queue, if there is one."""
        policy = self.attributes.get("RedrivePolicy")
        arn = json.loads(policy).get("deadLetterTargetArn") if policy else None
        if not arn:
            return
        _, _, _, region, account, name = arn.split(":")
        told = self.get_post_data(message, message_id, about.get("subject"), about.get("message_attributes"))
        with OfflineSNSBackend.context.locks.serving("sqs"):
            queues: Any = sqs_backends[account][region]
            if name in queues.queues:
                queues.send_message(name, json.dumps(told), validate_group_id=False)


class OfflineSNSBackend(SNSBackend):
    """SNS of one account and Region."""

    context: ClassVar[CloudContext]
    key: ClassVar[Any] = None

    def subscribe(self, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
        """Subscribe, also for CloudFormation."""
        if protocol == "lambda":
            if not _FUNCTION.fullmatch(endpoint):
                raise SNSInvalidParameter("Invalid parameter: Lambda endpoint ARN")
            if self.get_topic(topic_arn).fifo_topic:
                raise SNSInvalidParameter(
                    "Invalid parameter: Invalid parameter: Endpoint Reason: Please use FIFO SQS queue"
                )
        subscription = super().subscribe(topic_arn, endpoint, protocol)
        subscription.__class__ = OfflineSubscription  # moto makes it without a factory
        return subscription


def _plain(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
