"""The state in which the lab begins: Tradewind's functions, its reference data, and a player of schedules."""

import io
import json
import zipfile

import boto3

# Answers after as many seconds as its event says.
QUOTE = """
import time


def lambda_handler(event, context):
    time.sleep(event.get("seconds", 5))
    return {"answered_by": context.log_stream_name[-8:]}
"""

# Needs four seconds before it can answer the first call; then half a second for each.
PRICES = """
import time

time.sleep(4)


def lambda_handler(event, context):
    time.sleep(event.get("seconds", 0.5))
    return {"TRDW": 101.5}
"""

# Does nothing but calculate. It counts its own processor time, so it is as much work on every computer.
RISK = """
import time


def lambda_handler(event, context):
    end = time.thread_time() + 0.09
    rounds = 0
    while time.thread_time() < end:
        rounds += sum(number * number for number in range(500)) > 0
    return {"risk": "low" if rounds else "unknown"}
"""

FUNCTIONS = {
    "quote": QUOTE,
    "checkout": QUOTE,
    "reports": QUOTE,
    "mail": QUOTE,
    "prices": PRICES,
    "risk": RISK,
}

# Plays a schedule: each call waits for its second, invokes its function and notes how that went.
PLAYER = {
    "StartAt": "All calls",
    "States": {
        "All calls": {
            "Type": "Map",
            "ItemsPath": "$.calls",
            "ItemProcessor": {
                "StartAt": "Wait",
                "States": {
                    "Wait": {"Type": "Wait", "SecondsPath": "$.at", "Next": "Call"},
                    "Call": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::lambda:invoke",
                        "Parameters": {"FunctionName.$": "$.function", "Payload.$": "$"},
                        "ResultSelector": {"result": "answered"},
                        "Catch": [
                            {"ErrorEquals": ["Lambda.TooManyRequestsException"], "Next": "Throttled"},
                            {"ErrorEquals": ["States.ALL"], "Next": "Failed"},
                        ],
                        "End": True,
                    },
                    "Throttled": {"Type": "Pass", "Result": {"result": "throttled"}, "End": True},
                    "Failed": {"Type": "Pass", "Result": {"result": "failed"}, "End": True},
                },
            },
            "End": True,
        }
    },
}

FEES = {"basic": 0.02, "pro": 0.01, "desk": 0.005}
CUSTOMERS = {"ada": "basic", "grace": "pro", "alan": "desk"}
HOLIDAYS = {"2026": ["2026-01-01", "2026-12-25"], "2027": ["2027-01-01", "2027-12-24"]}


def start(session: boto3.Session) -> None:
    """Build the functions, the alias `prices:live`, the bucket `tradewind-reference`, the table `customers`
    and the state machine `player`.
    """
    principals = {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}
    trust = {"Effect": "Allow", "Principal": principals, "Action": "sts:AssumeRole"}
    role = session.client("iam").create_role(
        RoleName="trading",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    functions = session.client("lambda")
    for name, source in FUNCTIONS.items():
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="lambda_function.lambda_handler",
            Role=role,
            Timeout=120,
            MemorySize=1024 if name == "prices" else 128,
            Code={"ZipFile": _zip({"lambda_function.py": source})},
            Publish=name == "prices",
        )
    functions.create_alias(FunctionName="prices", Name="live", FunctionVersion="1")
    session.client("stepfunctions").create_state_machine(
        name="player", definition=json.dumps(PLAYER), roleArn=role
    )
    objects = session.client("s3")
    objects.create_bucket(Bucket="tradewind-reference")
    objects.put_object(Bucket="tradewind-reference", Key="fees.json", Body=json.dumps(FEES).encode())
    calendar = {"calendar/holidays.json": json.dumps(HOLIDAYS), "calendar/README.txt": "Days without trade."}
    objects.put_object(Bucket="tradewind-reference", Key="calendar.zip", Body=_zip(calendar))
    customers = session.resource("dynamodb").create_table(
        TableName="customers",
        KeySchema=[{"AttributeName": "customer", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "customer", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    customers.wait_until_exists()
    for customer, plan in CUSTOMERS.items():
        customers.put_item(Item={"customer": customer, "plan": plan})


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()
