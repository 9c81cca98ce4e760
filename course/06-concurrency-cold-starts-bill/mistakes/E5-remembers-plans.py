# hint: A customer changes the plan while your environment lives. When does it notice?
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
PLANS = {}


def lambda_handler(event, context):
    customer = event["customer"]
    if customer not in PLANS:
        PLANS[customer] = customers.get_item(Key={"customer": customer})["Item"]["plan"]
    return {"customer": customer, "fee": round(event["amount"] * FEES[PLANS[customer]], 2)}
