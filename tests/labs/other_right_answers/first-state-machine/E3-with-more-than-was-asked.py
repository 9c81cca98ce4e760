quoted = dict(share="ACME", count=3, quote=dict(price=12.25))
stages = {
    "the raw input": {"order": {"share": "ACME", "count": 3}, "note": "rush"},
    "InputPath": dict(share="ACME", count=3),
    "Parameters": dict(symbol="ACME", quantity=3),
    "ResultSelector": dict(price=12.25),
    "ResultPath": dict(order=quoted, note="rush"),
    "OutputPath": quoted,
}
labkit.answer("E3", stages)
