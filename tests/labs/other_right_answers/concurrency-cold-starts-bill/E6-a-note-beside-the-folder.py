import os
import shutil
import zipfile
from pathlib import Path

PLACE = {"Bucket": "tradewind-reference", "Key": "calendar.zip"}
LARGEST = 900 * 1024 * 1024


def calendar_folder():
    objects = boto3.client("s3")
    etag = objects.head_object(Bucket=PLACE["Bucket"], Key=PLACE["Key"])["ETag"]
    note, folder = Path("/tmp/etag.txt"), Path("/tmp/days")
    if note.exists() and note.read_text() == etag:
        return folder
    note.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    objects.download_file(PLACE["Bucket"], PLACE["Key"], "/tmp/new.zip")
    with zipfile.ZipFile("/tmp/new.zip") as archive:
        size = 0
        for entry in archive.infolist():
            size += entry.file_size
            if os.path.isabs(entry.filename) or ".." in entry.filename:
                raise ValueError("a strange name")
        if size > LARGEST:
            raise ValueError("too large")
        for entry in archive.infolist():
            archive.extract(entry, folder)
    os.remove("/tmp/new.zip")
    note.write_text(etag)
    return folder


def lambda_handler(event, context):
    holidays = json.loads((calendar_folder() / "calendar/holidays.json").read_text())
    return {"holidays": holidays[event["year"]], "at_home": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"]}


labkit.deploy("trading-days", lambda_handler, timeout=30, memory=512)
functions.update_function_configuration(FunctionName="trading-days", EphemeralStorage={"Size": 2048})
