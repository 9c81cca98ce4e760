# hint: Look at the end of the execution, to the second. Is it 16:00, or 15:59 and some seconds?
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
      "Seconds": "{% $floor(($closing + ($weekday > 3 ? 4 : 2) * 86400000 - $toMillis($states.context.State.EnteredTime)) / 1000) %}",
      "Next": "Settled"
    },
    "Settled": {
      "Type": "Pass",
      "Output": {"trade": "{% $states.input.trade %}", "settled": true},
      "End": true
    }
  }
}
