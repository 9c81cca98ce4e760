%%writefile book_trade.py
import boto3
from botocore.exceptions import ClientError

dynamodb = boto3.client("dynamodb")


class AnswerLost(Exception):
    pass


def book(event):
    row = {
        "id": {"S": event["execution"]},
        "symbol": {"S": event["symbol"]},
        "shares": {"N": str(event["shares"])},
    }
    try:
        dynamodb.put_item(
            TableName="bookings",
            Item=row,
            ConditionExpression="attribute_not_exists(#id)",
            ExpressionAttributeNames={"#id": "id"},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    return event["execution"]


def lambda_handler(event, context):
    booked = book(event)
    if event["attempt"] < event["lost"]:
        raise AnswerLost("booked, but nobody hears it")
    return {"id": booked}
