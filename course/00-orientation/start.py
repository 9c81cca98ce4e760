"""The state in which the lab begins: Tradewind's price service (table and function) and an archive bucket."""

import io
import json
import zipfile
from decimal import Decimal

import boto3

PRICES = {"TRDW": "101.5", "ACME": "12.25", "GLOB": "7"}
ARCHIVE = "tradewind-archive"
LAMBDA_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
CODE = """\
import boto3

table = boto3.resource("dynamodb").Table("prices")


def lambda_handler(event, context):
    row = table.get_item(Key={"symbol": event["symbol"]})["Item"]
    return {"symbol": row["symbol"], "price": float(row["price"])}
"""


def start(session: boto3.Session) -> None:
    """Build the table `prices`, the function `price-service` and the bucket `tradewind-archive`."""
    session.client("s3").create_bucket(Bucket=ARCHIVE)
    table = session.resource("dynamodb").create_table(
        TableName="prices",
        KeySchema=[{"AttributeName": "symbol", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "symbol", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    for symbol, price in PRICES.items():
        table.put_item(Item={"symbol": symbol, "price": Decimal(price)})
    role = session.client("iam").create_role(
        RoleName="price-service", AssumeRolePolicyDocument=json.dumps(LAMBDA_MAY_ASSUME)
    )
    session.client("lambda").create_function(
        FunctionName="price-service",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="price_service.lambda_handler",
        Timeout=10,
        Code={"ZipFile": _zip("price_service.py", CODE)},
    )


def _zip(name: str, source: str) -> bytes:
    """One file as a zip archive; the same bytes each time, so that the function's hash stays the same."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o644 << 16
        archive.writestr(info, source)
    return buffer.getvalue()
