%%writefile settle_trade.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Read the calendar",
  "States": {
    "Read the calendar": {
      "Type": "Pass",
      "Assign": {
        "closing": "{% $toMillis($states.input.trade_date & 'T16:00:00Z') %}",
        "weekday": "{% $fromMillis($toMillis($states.input.trade_date & 'T16:00:00Z'), '[FNn]') %}"
      },
      "Next": "Weekend between?"
    },
    "Weekend between?": {
      "Type": "Choice",
      "Choices": [{"Condition": "{% $weekday in ['Thursday', 'Friday'] %}", "Next": "Four days"}],
      "Default": "Two days"
    },
    "Two days": {"Type": "Wait", "Timestamp": "{% $fromMillis($closing + 172800000) %}", "Next": "Settled"},
    "Four days": {"Type": "Wait", "Timestamp": "{% $fromMillis($closing + 345600000) %}", "Next": "Settled"},
    "Settled": {
      "Type": "Pass",
      "Output": {"trade": "{% $states.input.trade %}", "settled": true},
      "End": true
    }
  }
}
