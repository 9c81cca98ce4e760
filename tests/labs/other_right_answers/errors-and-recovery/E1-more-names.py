%%writefile order-desk.asl.json
{
  "StartAt": "HelloWorld",
  "States": {
    "HelloWorld": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "trade-desk", "Payload": {"fault.$": "$.fault"}},
      "TimeoutSeconds": 5,
      "Catch": [
        {"ErrorEquals": ["CustomError"], "Next": "CustomErrorFallback"},
        {"ErrorEquals": ["TypeError", "NoStock"], "Next": "ReservedTypeFallback"},
        {"ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"], "Next": "TimeoutFallback"},
        {"ErrorEquals": ["States.TaskFailed"], "Next": "ReservedTypeFallback"},
        {"ErrorEquals": ["States.ALL"], "Next": "CatchAllFallback"}
      ],
      "End": true
    },
    "CustomErrorFallback": {"Type": "Pass", "Result": {"fallback": "custom"}, "End": true},
    "TimeoutFallback": {"Type": "Succeed"},
    "ReservedTypeFallback": {"Type": "Pass", "End": true},
    "CatchAllFallback": {"Type": "Pass", "End": true}
  }
}
