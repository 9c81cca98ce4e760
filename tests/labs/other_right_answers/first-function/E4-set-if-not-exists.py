%%writefile trade_counter.py
import boto3

table = boto3.resource("dynamodb").Table("trade-counts")


def lambda_handler(event, context):
    reply = table.update_item(
        Key={"symbol": event["symbol"]},
        UpdateExpression="SET trades = if_not_exists(trades, :zero) + :one",
        ExpressionAttributeValues={":one": 1, ":zero": 0},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    return {"symbol": reply["symbol"], "trades": int(reply["trades"])}
