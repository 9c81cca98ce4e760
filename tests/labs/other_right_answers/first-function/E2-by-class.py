%%writefile event_inspector.py
def lambda_handler(event, context):
    print(event)
    return {"event": event, "type": event.__class__.__name__}
