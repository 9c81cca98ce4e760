# hint: Which filter came last: the one that puts the result in, or the one that cuts what goes out?
order = {"share": "ACME", "count": 3, "quote": {"price": 12.25}}
stages = {
    "InputPath": {"share": "ACME", "count": 3},
    "Parameters": {"symbol": "ACME", "quantity": 3},
    "ResultSelector": {"price": 12.25},
    "ResultPath": {"note": "x", "order": order},
    "OutputPath": {"order": order, "note": "rush"},
}
labkit.answer("E3", stages)
