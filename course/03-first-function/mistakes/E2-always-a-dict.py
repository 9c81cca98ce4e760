# hint: Invoke with `[1,2]`. Is `event` a dict then?
%%writefile event_inspector.py
def lambda_handler(event, context):
    event.get("symbol")
    return {"type": "dict", "event": event}
