import os
import tempfile
import zipfile
from pathlib import Path

PLACE = {"Bucket": "tradewind-reference", "Key": "calendar.zip"}
CACHE = {}
LARGEST = 900 * 1024 * 1024


def calendar_folder():
    objects = boto3.client("s3")
    key = objects.head_object(**PLACE)["ETag"]
    if key in CACHE:
        return CACHE[key]
    folder = Path(tempfile.mkdtemp())
    objects.download_file(*PLACE.values(), str(folder / "calendar.zip"))
    with zipfile.ZipFile(folder / "calendar.zip") as archive:
        names = [Path(name) for name in archive.namelist()]
        if any(name.is_absolute() or ".." in name.parts for name in names):
            raise ValueError("a name that leads out of the folder")
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
            raise ValueError("too large")
        archive.extractall(folder)
    CACHE[key] = folder
    return folder


def lambda_handler(event, context):
    holidays = json.loads((calendar_folder() / "calendar/holidays.json").read_text())
    return {"holidays": holidays[event["year"]], "at_home": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"]}


labkit.deploy("trading-days", lambda_handler, timeout=30, memory=512)
functions.update_function_configuration(FunctionName="trading-days", EphemeralStorage={"Size": 1024})
