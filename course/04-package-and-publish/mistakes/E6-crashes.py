# hint: The extension ends before the function is ready. What is its last line in the log?
%%writefile trade_telemetry.py
#!/usr/bin/env python3
import json
import os
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2020-01-01/extension"
batch = []


def flush():
    if batch:
        print("BATCH", json.dumps(batch), flush=True)
        batch.clear()


request = urllib.request.Request(
    f"{API}/register",
    data=json.dumps({"events": ["INVOKE", "SHUTDOWN"]}).encode(),
    headers={"Lambda-Extension-Name": "trade_telemetry.py"},
)
with urllib.request.urlopen(request) as answer:
    identifier = answer.headers["Lambda-Extension-Identifier"]

while True:
    waiting = urllib.request.Request(f"{API}/event/next", headers={"Lambda-Extension-Identifier": identifier})
    with urllib.request.urlopen(waiting) as answer:
        event = json.load(answer)
    if event["eventType"] == "SHUTDOWN":
        flush(
        break
    batch.append(event["requestId"])
    if len(batch) == 10:
        flush()
