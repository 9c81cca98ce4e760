%%writefile ask-price.asl.json
{
  "StartAt": "AskPrice",
  "States": {
    "AskPrice": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-east-1:123456789012:function:price-feed",
      "Parameters": {
        "symbol.$": "$.symbol",
        "throttles.$": "$.throttles",
        "attempt.$": "$$.State.RetryCount"
      },
      "Retry": [
        {
          "ErrorEquals": ["Throttled"],
          "IntervalSeconds": 15,
          "MaxAttempts": 5,
          "BackoffRate": 1.5,
          "MaxDelaySeconds": 60
        }
      ],
      "End": true
    }
  }
}
