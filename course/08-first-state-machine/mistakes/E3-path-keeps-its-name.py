# hint: A path such as `$.order` goes into the data. Does the key `order` come along?
order = {"share": "ACME", "count": 3, "quote": {"price": 12.25}}
stages = {
    "InputPath": {"order": {"share": "ACME", "count": 3}},
    "Parameters": {"symbol": "ACME", "quantity": 3},
    "ResultSelector": {"price": 12.25},
    "ResultPath": {"order": order, "note": "rush"},
    "OutputPath": {"order": order},
}
labkit.answer("E3", stages)
