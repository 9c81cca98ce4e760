# hint: The first try ended before it had booked. Who books then?
%%writefile book_trade.py
import uuid

import boto3

table = boto3.resource("dynamodb").Table("bookings")


class AnswerLost(Exception):
    pass


def book(event):
    row = {"id": event["execution"], "symbol": event["symbol"], "shares": event["shares"]}
    if event["attempt"] == 0:
        table.put_item(Item=row, ConditionExpression="attribute_not_exists(id)")
    return row["id"]


def lambda_handler(event, context):
    booked = book(event)
    if event["attempt"] < event["lost"]:
        raise AnswerLost("booked, but nobody hears it")
    return {"id": booked}
