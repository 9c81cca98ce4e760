# hint: Three calls in one environment. How many downloads?
import os
import shutil
import zipfile
from pathlib import Path

PLACE = {"Bucket": "tradewind-reference", "Key": "calendar.zip"}
LARGEST = 900 * 1024 * 1024


def calendar_folder():
    objects = boto3.client("s3")
    etag = objects.head_object(**PLACE)["ETag"].strip('"')
    folder = Path("/tmp", etag)
    if True:
        shutil.rmtree(folder, ignore_errors=True)
        objects.download_file(PLACE["Bucket"], PLACE["Key"], "/tmp/calendar.zip")
        unpacked = Path("/tmp/unpacked")
        shutil.rmtree(unpacked, ignore_errors=True)
        with zipfile.ZipFile("/tmp/calendar.zip") as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise ValueError("the archive is too large")
            for name in archive.namelist():
                if name.startswith("/") or ".." in name.split("/"):
                    raise ValueError(f"the archive holds {name}")
            archive.extractall(unpacked)
        unpacked.rename(folder)
    return folder


def lambda_handler(event, context):
    holidays = json.loads((calendar_folder() / "calendar/holidays.json").read_text())
    return {"holidays": holidays[event["year"]], "at_home": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"]}


labkit.deploy("trading-days", lambda_handler, timeout=30, memory=512)
functions.update_function_configuration(FunctionName="trading-days", EphemeralStorage={"Size": 1024})
