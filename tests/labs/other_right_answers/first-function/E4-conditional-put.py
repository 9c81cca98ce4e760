%%writefile trade_counter.py
import boto3
from boto3.dynamodb.conditions import Attr

table = boto3.resource("dynamodb").Table("trade-counts")


def lambda_handler(event, context):
    symbol = event["symbol"]
    while True:
        row = table.get_item(Key={"symbol": symbol}, ConsistentRead=True).get("Item")
        same = Attr("trades").eq(row["trades"]) if row else Attr("symbol").not_exists()
        trades = int(row["trades"]) + 1 if row else 1
        try:
            table.put_item(Item={"symbol": symbol, "trades": trades}, ConditionExpression=same)
        except table.meta.client.exceptions.ConditionalCheckFailedException:
            continue
        return {"symbol": symbol, "trades": trades}
