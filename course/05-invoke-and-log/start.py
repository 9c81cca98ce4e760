"""The state in which the lab begins: Tradewind's tables and queues."""

import json

import boto3


def start(session: boto3.Session) -> None:
    """Build the tables `bookings`, `orders` and `feed`, and the queues, empty."""
    tables = session.resource("dynamodb")
    for name, key in {"bookings": "id", "orders": "order", "feed": "symbol"}.items():
        tables.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        ).wait_until_exists()
    queues = session.client("sqs")
    queues.create_queue(QueueName="failed-trades")
    queues.create_queue(QueueName="orders-dead")
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:orders-dead", "maxReceiveCount": 3}
    queues.create_queue(QueueName="orders", Attributes={"RedrivePolicy": json.dumps(policy)})
