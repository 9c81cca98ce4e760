# hint: A customer gives the same order twice. How many rows should there be?
%%writefile book_trade.py
import uuid

import boto3

table = boto3.resource("dynamodb").Table("bookings")


class AnswerLost(Exception):
    pass


def book(event):
    row = {"id": f"{event['symbol']}-{event['shares']}", "symbol": event["symbol"], "shares": event["shares"]}
    try:
        table.put_item(Item=row, ConditionExpression="attribute_not_exists(id)")
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        pass  # an earlier try has booked it
    return row["id"]


def lambda_handler(event, context):
    booked = book(event)
    if event["attempt"] < event["lost"]:
        raise AnswerLost("booked, but nobody hears it")
    return {"id": booked}
