# hint: What does ResultSelector leave of the answer?
order = {"share": "ACME", "count": 3, "quote": {"price": 12.25}}
stages = {
    "InputPath": {"share": "ACME", "count": 3},
    "Parameters": {"symbol": "ACME", "quantity": 3},
    "ResultSelector": {"symbol": "ACME", "quantity": 3, "price": 12.25},
    "ResultPath": {"order": order, "note": "rush"},
    "OutputPath": order,
}
labkit.answer("E3", stages)
