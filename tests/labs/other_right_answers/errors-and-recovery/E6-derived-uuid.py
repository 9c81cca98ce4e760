%%writefile book_trade.py
import uuid

import boto3

client = boto3.client("dynamodb")


class AnswerLost(Exception):
    pass


def book(event):
    booked = str(uuid.uuid5(uuid.NAMESPACE_URL, event["execution"]))
    item = {"id": {"S": booked}, "symbol": {"S": event["symbol"]}, "shares": {"N": f"{event['shares']}"}}
    put = {"TableName": "bookings", "Item": item, "ConditionExpression": "attribute_not_exists(id)"}
    try:
        client.transact_write_items(TransactItems=[{"Put": put}])
    except client.exceptions.TransactionCanceledException:
        pass  # the row is there
    return booked


def lambda_handler(event, context):
    booked = book(event)
    if event["attempt"] < event["lost"]:
        raise AnswerLost("booked, but nobody hears it")
    return {"id": booked}
