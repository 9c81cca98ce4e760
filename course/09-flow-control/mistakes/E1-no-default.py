# hint: Read the error of the input that fails. Where should an input go that fits no rule?
%%writefile buy_or_sell.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Which way?",
  "States": {
    "Which way?": {
      "Type": "Choice",
      "Choices": [
        {"Condition": "{% $not($type($states.input.price) = 'number') %}", "Next": "Ask a person"},
        {"Condition": "{% $states.input.price < 50 %}", "Next": "Buy"},
        {"Condition": "{% $states.input.price > 50 %}", "Next": "Sell"},
        {"Condition": "{% $states.input.price = 51 %}", "Next": "Hold"}
      ]
    },
    "Buy": {"Type": "Pass", "Output": {"action": "buy"}, "End": true},
    "Sell": {"Type": "Pass", "Output": {"action": "sell"}, "End": true},
    "Hold": {"Type": "Pass", "Output": {"action": "hold"}, "End": true},
    "Ask a person": {"Type": "Pass", "Output": {"action": "ask"}, "End": true}
  }
}
