# hint: Are your waits the same in two runs?
%%writefile ask-price.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "AskPrice",
  "States": {
    "AskPrice": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {
        "FunctionName": "price-feed",
        "Payload": {
          "symbol": "{% $states.input.symbol %}",
          "throttles": "{% $states.input.throttles %}",
          "attempt": "{% $states.context.State.RetryCount %}"
        }
      },
      "Retry": [{"ErrorEquals": ["Throttled"], "IntervalSeconds": 15, "BackoffRate": 1.5, "MaxDelaySeconds": 60, "MaxAttempts": 5, "JitterStrategy": "FULL"}],
      "Output": "{% $states.result.Payload %}",
      "End": true
    }
  }
}
