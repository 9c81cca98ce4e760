"""The state in which the lab begins: the table in which Tradewind counts its trades."""

import boto3


def start(session: boto3.Session) -> None:
    """Build the table `trade-counts`, empty. Key: `symbol` (text)."""
    table = session.resource("dynamodb").create_table(
        TableName="trade-counts",
        KeySchema=[{"AttributeName": "symbol", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "symbol", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
