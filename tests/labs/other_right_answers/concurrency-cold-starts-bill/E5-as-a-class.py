%%writefile fees.py
import json
import time

import boto3

objects = boto3.client("s3")
customers = boto3.resource("dynamodb").Table("customers")


def load_fees():
    time.sleep(2)
    return json.load(objects.get_object(Bucket="tradewind-reference", Key="fees.json")["Body"])


class Desk:
    def __init__(self):
        self.fees = load_fees()

    def fee(self, plan, amount):
        return round(self.fees[plan] * amount, 2)


DESK = Desk()


def lambda_handler(event, context):
    plan = customers.get_item(Key={"customer": event["customer"]})["Item"]["plan"]
    return dict(customer=event["customer"], fee=DESK.fee(plan, event["amount"]))
