%%writefile ask-price.asl.json
{
  "StartAt": "Ask",
  "States": {
    "Ask": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {
        "FunctionName": "price-feed",
        "Payload": {
          "symbol.$": "$.symbol",
          "throttles.$": "$.throttles",
          "attempt.$": "$$.State.RetryCount"
        }
      },
      "Retry": [
        {
          "ErrorEquals": ["Throttled"],
          "MaxAttempts": 5,
          "MaxDelaySeconds": 60,
          "IntervalSeconds": 15,
          "BackoffRate": 1.5,
          "JitterStrategy": "NONE"
        }
      ],
      "OutputPath": "$.Payload",
      "Next": "Done"
    },
    "Done": {"Type": "Succeed"}
  }
}
