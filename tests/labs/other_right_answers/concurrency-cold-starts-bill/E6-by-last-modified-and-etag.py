import io
import os
import zipfile
from pathlib import Path

PLACE = {"Bucket": "tradewind-reference", "Key": "calendar.zip"}
LARGEST = 900 * 1024 * 1024


def calendar_folder():
    objects = boto3.client("s3")
    told = objects.head_object(**PLACE)
    folder = Path("/tmp") / f"{told['LastModified']:%Y%m%d%H%M%S}-{told['ETag'][1:9]}"
    if folder.is_dir():
        return folder
    content = io.BytesIO(objects.get_object(**PLACE)["Body"].read())
    with zipfile.ZipFile(content) as archive:
        for entry in archive.infolist():
            if not (folder / entry.filename).resolve().is_relative_to(folder):
                raise ValueError(entry.filename)
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
            raise ValueError("too large")
        archive.extractall(folder)
    return folder


def lambda_handler(event, context):
    holidays = json.loads((calendar_folder() / "calendar/holidays.json").read_text())
    return {"holidays": holidays[event["year"]], "at_home": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"]}


labkit.deploy("trading-days", lambda_handler, timeout=30, memory=512)
functions.update_function_configuration(FunctionName="trading-days", EphemeralStorage={"Size": 1024})
