# hint: Compare your words with `type([1, 2]).__name__`. Whose names are they?
%%writefile event_inspector.py
WORDS = {"list": "array", "dict": "object", "str": "string", "int": "number", "NoneType": "null"}


def lambda_handler(event, context):
    name = type(event).__name__
    return {"type": WORDS.get(name, name), "event": event}
