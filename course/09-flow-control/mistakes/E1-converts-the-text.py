# hint: The text "50" led to a trade. Who made a number of it?
%%writefile buy_or_sell.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Which way?",
  "States": {
    "Which way?": {
      "Type": "Choice",
      "Choices": [
        {"Condition": "{% $not($type($states.input.price) in ['number', 'string']) %}", "Next": "Ask a person"},
        {"Condition": "{% $number($states.input.price) < 50 %}", "Next": "Buy"},
        {"Condition": "{% $number($states.input.price) > 50 %}", "Next": "Sell"}
      ],
      "Default": "Hold"
    },
    "Buy": {"Type": "Pass", "Output": {"action": "buy"}, "End": true},
    "Sell": {"Type": "Pass", "Output": {"action": "sell"}, "End": true},
    "Hold": {"Type": "Pass", "Output": {"action": "hold"}, "End": true},
    "Ask a person": {"Type": "Pass", "Output": {"action": "ask"}, "End": true}
  }
}
