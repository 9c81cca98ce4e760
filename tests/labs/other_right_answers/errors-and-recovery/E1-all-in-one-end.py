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
        {"ErrorEquals": ["States.TaskFailed"], "Next": "ReservedTypeFallback"},
        {"ErrorEquals": ["States.Timeout"], "Next": "TimeoutFallback"},
        {"ErrorEquals": ["States.ALL"], "Next": "CatchAllFallback"}
      ],
      "Next": "Done"
    },
    "CustomErrorFallback": {"Type": "Pass", "Next": "Done"},
    "TimeoutFallback": {"Type": "Pass", "Next": "Done"},
    "ReservedTypeFallback": {"Type": "Pass", "Next": "Done"},
    "CatchAllFallback": {"Type": "Pass", "Next": "Done"},
    "Done": {"Type": "Succeed"}
  }
}
