%%writefile buy_or_sell.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Which way?",
  "States": {
    "Which way?": {
      "Type": "Choice",
      "Choices": [
        {"Condition": "{% $not($type($states.input.price) = 'number') %}", "Next": "Ask a person"},
        {"Condition": "{% $states.input.price = 50 %}", "Next": "Hold"},
        {"Condition": "{% $states.input.price < 50 %}", "Next": "Buy"},
        {"Condition": "{% $states.input.price > 50 %}", "Next": "Sell"}
      ],
      "Default": "Ask a person"
    },
    "Buy": {"Type": "Pass", "Output": {"action": "buy"}, "End": true},
    "Sell": {"Type": "Pass", "Output": {"action": "sell"}, "End": true},
    "Hold": {"Type": "Pass", "Output": {"action": "hold"}, "End": true},
    "Ask a person": {"Type": "Pass", "Output": {"action": "ask"}, "End": true}
  }
}
