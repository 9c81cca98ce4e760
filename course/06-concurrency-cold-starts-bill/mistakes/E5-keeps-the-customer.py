# hint: Ada calls, then Grace. Whose data is in a reused environment?
%%writefile fees.py
import json
import time

import boto3

objects = boto3.client("s3")
customers = boto3.resource("dynamodb").Table("customers")


def load_fees():
    time.sleep(2)
    return json.load(objects.get_object(Bucket="tradewind-reference", Key="fees.json")["Body"])


FEES = load_fees()
profile = None


def lambda_handler(event, context):
    global profile
    if profile is None:
        profile = customers.get_item(Key={"customer": event["customer"]})["Item"]
    return {"customer": profile["customer"], "fee": round(event["amount"] * FEES[profile["plan"]], 2)}
