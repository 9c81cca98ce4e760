# hint: Read the error: what type did `Timestamp` want, and what did it get?
%%writefile settle_trade.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Read the calendar",
  "States": {
    "Read the calendar": {
      "Type": "Pass",
      "Assign": {
        "closing": "{% $toMillis($states.input.trade_date & 'T16:00:00Z') %}",
        "weekday": "{% $number($fromMillis($toMillis($states.input.trade_date & 'T16:00:00Z'), '[F1]')) %}"
      },
      "Next": "Wait for settlement"
    },
    "Wait for settlement": {
      "Type": "Wait",
      "Timestamp": "{% $closing + 2*86400000 %}",
      "Next": "Settled"
    },
    "Settled": {
      "Type": "Pass",
      "Output": {"trade": "{% $states.input.trade %}", "settled": true},
      "End": true
    }
  }
}
