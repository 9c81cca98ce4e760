"""The state in which the lab begins: functions that fail on demand, a ledger and a table of bookings."""

import io
import json
import zipfile

import boto3

# Fails as its event says: `fault` is the name of an error, or "slow".
TRADE_DESK = """
import time


class CustomError(Exception):
    pass


class NoStock(Exception):
    pass


def lambda_handler(event, context):
    fault = event.get("fault")
    if fault == "slow":
        time.sleep(60)
    if fault == "TypeError":
        return 1 + "one"
    if fault == "CustomError":
        raise CustomError("the desk said no")
    if fault == "NoStock":
        raise NoStock("there are no shares left")
    return {"receipt": f"{event.get('shares', 0)} x {event.get('symbol')}"}
"""

# Throttles the first calls: as many as `throttles` says. `attempt` is the number of the retry, 0 at first.
PRICE_FEED = """
class Throttled(Exception):
    pass


class BadInput(Exception):
    pass


def lambda_handler(event, context):
    if not event["symbol"].isupper():
        raise BadInput(f"{event['symbol']} is no symbol")
    if event["attempt"] < event["throttles"]:
        raise Throttled("too many calls")
    return {"symbol": event["symbol"], "price": 101.5}
"""

# One step of a trade. `fail_at` names the step that fails; it fails before it changes anything.
TRADE_STEP = """
import boto3

table = boto3.resource("dynamodb").Table("ledger")


class StepFailed(Exception):
    pass


class NothingToUndo(Exception):
    pass


# step: where the money comes from, where it goes
MOVES = {
    "reserve": ("cash", "reserved"),
    "buy": ("reserved", "stock"),
    "sell": ("stock", "reserved"),
    "release": ("reserved", "cash"),
}


def lambda_handler(event, context):
    step, amount = event["step"], event["amount"]
    if step == event.get("fail_at"):
        raise StepFailed(step)
    new = {"trade": event["trade"], "cash": 1000, "reserved": 0, "stock": 0, "booked": False, "steps": []}
    row = table.get_item(Key={"trade": event["trade"]}, ConsistentRead=True).get("Item", new)
    if step == "book":
        row["booked"] = True
    else:
        source, target = MOVES[step]
        if row[source] < amount:
            raise NothingToUndo(f"{step}: there is nothing in {source}")
        row[source] -= amount
        row[target] += amount
    row["steps"].append(step)
    table.put_item(Item=row)
    return {"done": step}
"""

FUNCTIONS = {"trade-desk": TRADE_DESK, "price-feed": PRICE_FEED, "trade-step": TRADE_STEP}
LAMBDA_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
TABLES = {"ledger": "trade", "bookings": "id"}


def start(session: boto3.Session) -> None:
    """Build the functions, and the tables `ledger` (key `trade`) and `bookings` (key `id`), both empty."""
    dynamodb = session.client("dynamodb")
    for table, key in TABLES.items():
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    role = session.client("iam").create_role(
        RoleName="trading", AssumeRolePolicyDocument=json.dumps(LAMBDA_MAY_ASSUME)
    )
    functions = session.client("lambda")
    for name, source in FUNCTIONS.items():
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("lambda_function.py", source)
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="lambda_function.lambda_handler",
            Role=role["Role"]["Arn"],
            Timeout=90,
            Code={"ZipFile": package.getvalue()},
        )
