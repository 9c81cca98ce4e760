# hint: Look at `event` in the answer for `[1,2]`. Are there quotation marks around it?
%%writefile event_inspector.py
def lambda_handler(event, context):
    return {"type": type(event).__name__, "event": str(event)}
