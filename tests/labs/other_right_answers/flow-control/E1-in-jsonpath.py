%%writefile buy_or_sell.asl.json
{
  "StartAt": "Trade?",
  "States": {
    "Trade?": {
      "Type": "Choice",
      "Choices": [
        {"Not": {"Variable": "$.price", "IsPresent": true}, "Next": "Ask"},
        {"Not": {"Variable": "$.price", "IsNumeric": true}, "Next": "Ask"},
        {"Variable": "$.price", "NumericLessThan": 50, "Next": "Buy"},
        {"Variable": "$.price", "NumericGreaterThan": 50, "Next": "Sell"}
      ],
      "Default": "Hold"
    },
    "Buy": {"Type": "Pass", "Result": {"action": "buy"}, "End": true},
    "Sell": {"Type": "Pass", "Result": {"action": "sell"}, "End": true},
    "Hold": {"Type": "Pass", "Result": {"action": "hold"}, "End": true},
    "Ask": {"Type": "Pass", "Result": {"action": "ask"}, "End": true}
  }
}
