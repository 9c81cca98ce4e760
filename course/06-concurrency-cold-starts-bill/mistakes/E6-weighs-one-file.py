# hint: Two files of 600 MB each: does each one fit, and do both?
import os
import shutil
import zipfile
from pathlib import Path

PLACE = {"Bucket": "tradewind-reference", "Key": "calendar.zip"}
LARGEST = 900 * 1024 * 1024


def calendar_folder():
    """The folder in /tmp into which the present archive is unpacked."""
    objects = boto3.client("s3")
    tag = objects.head_object(**PLACE)["ETag"].strip('"')
    folder = Path("/tmp") / tag
    if folder.exists():
        return folder
    objects.download_file(PLACE["Bucket"], PLACE["Key"], "/tmp/calendar.zip")
    with zipfile.ZipFile("/tmp/calendar.zip") as archive:
        if max(e.file_size for e in archive.infolist()) > LARGEST:
            raise ValueError("too large")
        for e in archive.infolist():
            if e.filename.startswith("/") or ".." in e.filename.split("/"):
                raise ValueError("bad path " + e.filename)
        archive.extractall(folder)
    return folder


def lambda_handler(event, context):
    holidays = json.loads((calendar_folder() / "calendar/holidays.json").read_text())
    return {"holidays": holidays[event["year"]], "at_home": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"]}


labkit.deploy("trading-days", lambda_handler, timeout=30, memory=512)
functions.update_function_configuration(FunctionName="trading-days", EphemeralStorage={"Size": 1024})
print(functions.get_function_configuration(FunctionName="trading-days")["EphemeralStorage"])
