stages = json.loads("""{
  "OutputPath": {"quote": {"price": 12.25}, "count": 3, "share": "ACME"},
  "ResultPath": {"note": "rush", "order": {"quote": {"price": 12.25}, "count": 3, "share": "ACME"}},
  "ResultSelector": {"price": 1.225e1},
  "Parameters": {"quantity": 3, "symbol": "ACME"},
  "InputPath": {"count": 3, "share": "ACME"}
}""")
labkit.answer("E3", stages)
