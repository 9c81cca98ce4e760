# hint: Who waits, who pays?
%%writefile trade.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Trade",
  "States": {
    "Trade": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-chain", "Payload": "{% $states.input %}"},
      "Output": "{% $states.result.Payload %}",
      "End": true
    }
  }
}
