# hint: Who else runs your code at the same time? Does your variable know about their calls?
%%writefile trade_counter.py
import boto3

table = boto3.resource("dynamodb").Table("trade-counts")
count = 0


def lambda_handler(event, context):
    global count
    count = count + 1
    table.put_item(Item={"symbol": event["symbol"], "trades": count})
    return {"symbol": event["symbol"], "trades": count}
