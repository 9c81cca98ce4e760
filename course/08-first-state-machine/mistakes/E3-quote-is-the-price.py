# hint: What comes out of ResultSelector: a number, or an object with a number in it?
order = {"share": "ACME", "count": 3, "quote": 12.25}
stages = {
    "InputPath": {"share": "ACME", "count": 3},
    "Parameters": {"symbol": "ACME", "quantity": 3},
    "ResultSelector": {"price": 12.25},
    "ResultPath": {"order": order, "note": "rush"},
    "OutputPath": order,
}
labkit.answer("E3", stages)
