# hint: Count two different shares and look into the table. How many rows are there?
%%writefile trade_counter.py
import boto3

table = boto3.resource("dynamodb").Table("trade-counts")


def lambda_handler(event, context):
    reply = table.update_item(
        Key={"symbol": "TRDW"},
        UpdateExpression="ADD trades :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    return {"symbol": event["symbol"], "trades": int(reply["Attributes"]["trades"])}
