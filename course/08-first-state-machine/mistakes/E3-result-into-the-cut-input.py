# hint: After ResultPath: is `note` there?
order = {"share": "ACME", "count": 3, "quote": {"price": 12.25}}
stages = {
    "InputPath": {"share": "ACME", "count": 3},
    "Parameters": {"symbol": "ACME", "quantity": 3},
    "ResultSelector": {"price": 12.25},
    "ResultPath": order,
    "OutputPath": order,
}
labkit.answer("E3", stages)
