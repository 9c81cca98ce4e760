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
        "Payload": "{% $merge([$states.input, {'attempt': $states.context.State.RetryCount}]) %}"
      },
      "Retry": [
        {"ErrorEquals": ["BadInput"], "MaxAttempts": 0},
        {
          "ErrorEquals": ["Throttled"],
          "IntervalSeconds": 15,
          "BackoffRate": 1.5,
          "MaxDelaySeconds": 60,
          "MaxAttempts": 5
        },
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}
      ],
      "Output": "{% $states.result.Payload %}",
      "End": true
    }
  }
}
