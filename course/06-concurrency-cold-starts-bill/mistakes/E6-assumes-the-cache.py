# hint: First call in a new environment?
import os
import shutil
import zipfile
from pathlib import Path

PLACE = {"Bucket": "tradewind-reference", "Key": "calendar.zip"}
LARGEST = 900 * 1024 * 1024


def calendar_folder():
    return Path("/tmp")


def lambda_handler(event, context):
    holidays = json.loads((calendar_folder() / "calendar/holidays.json").read_text())
    return {"holidays": holidays[event["year"]], "at_home": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"]}


labkit.deploy("trading-days", lambda_handler, timeout=30, memory=512)
functions.update_function_configuration(FunctionName="trading-days", EphemeralStorage={"Size": 1024})
