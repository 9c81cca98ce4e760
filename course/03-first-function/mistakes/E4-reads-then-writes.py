# hint: Two calls read the row at the same moment. Which number does each of them write?
%%writefile trade_counter.py
import boto3

table = boto3.resource("dynamodb").Table("trade-counts")


def lambda_handler(event, context):
    row = table.get_item(Key={"symbol": event["symbol"]}).get("Item", {"trades": 0})
    trades = int(row["trades"]) + 1
    table.put_item(Item={"symbol": event["symbol"], "trades": trades})
    return {"symbol": event["symbol"], "trades": trades}
