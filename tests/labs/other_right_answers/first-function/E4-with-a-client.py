%%writefile trade_counter.py
import boto3


def lambda_handler(event, context):
    reply = boto3.client("dynamodb").update_item(
        TableName="trade-counts",
        Key={"symbol": {"S": event["symbol"]}},
        UpdateExpression="ADD #t :n",
        ExpressionAttributeNames={"#t": "trades"},
        ExpressionAttributeValues={":n": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    return {"symbol": event["symbol"], "trades": int(reply["Attributes"]["trades"]["N"])}
