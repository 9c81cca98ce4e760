# hint: Look at the quotation marks in the payload. Is `trades` a number?
%%writefile trade_counter.py
import boto3

table = boto3.resource("dynamodb").Table("trade-counts")


def lambda_handler(event, context):
    reply = table.update_item(
        Key={"symbol": event["symbol"]},
        UpdateExpression="ADD trades :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    return {"symbol": event["symbol"], "trades": str(reply["Attributes"]["trades"])}
