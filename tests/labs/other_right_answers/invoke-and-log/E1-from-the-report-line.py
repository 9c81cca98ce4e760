import base64
import json


def summary(**reply):
    if reply["StatusCode"] == 202:
        return {"kind": "queued"}
    payload = json.loads(reply["Payload"])
    failed = bool(reply.get("FunctionError"))
    answer = {"kind": "failed", "error": payload["errorType"]} if failed else {"kind": "answered", "value": payload}
    if reply.get("LogResult"):
        lines = base64.b64decode(reply["LogResult"]).decode("utf-8").splitlines()
        report = next(line for line in lines if line.startswith("REPORT"))
        answer["billed_ms"] = int(report.split("Billed Duration:")[1].split("ms")[0])
    return answer


labkit.submit(summary, "E1")
