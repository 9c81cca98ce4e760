# hint: What arrives: 50 or "50"? Read the error of that execution.
%%writefile buy_or_sell.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Which way?",
  "States": {
    "Which way?": {
      "Type": "Choice",
      "Choices": [
        {"Condition": "{% $states.input.price < 50 %}", "Next": "Buy"},
        {"Condition": "{% $states.input.price > 50 %}", "Next": "Sell"},
        {"Condition": "{% $states.input.price = 50 %}", "Next": "Hold"}
      ],
      "Default": "Ask a person"
    },
    "Buy": {"Type": "Pass", "Output": {"action": "buy"}, "End": true},
    "Sell": {"Type": "Pass", "Output": {"action": "sell"}, "End": true},
    "Hold": {"Type": "Pass", "Output": {"action": "hold"}, "End": true},
    "Ask a person": {"Type": "Pass", "Output": {"action": "ask"}, "End": true}
  }
}
