given = {"order": {"share": "ACME", "count": 3}, "note": "rush"}
cut = given["order"]
payload = {"symbol": cut["share"], "quantity": cut["count"]}
selected = {"price": 12.25}
whole = {**given, "order": {**cut, "quote": selected}}
stages = {
    "InputPath": cut,
    "Parameters": payload,
    "ResultSelector": selected,
    "ResultPath": whole,
    "OutputPath": whole["order"],
}
labkit.answer("E3", stages)
