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
        {"ErrorEquals": ["States.Timeout"], "Next": "TimeoutFallback", "ResultPath": "$.problem"},
        {"ErrorEquals": ["CustomError"], "Next": "CustomErrorFallback", "ResultPath": "$.problem"},
        {"ErrorEquals": ["States.TaskFailed"], "Next": "ReservedTypeFallback", "ResultPath": "$.problem"},
        {"ErrorEquals": ["States.ALL"], "Next": "CatchAllFallback", "ResultPath": "$.problem"}
      ],
      "End": true
    },
    "CustomErrorFallback": {"Type": "Pass", "End": true},
    "TimeoutFallback": {"Type": "Pass", "End": true},
    "ReservedTypeFallback": {"Type": "Pass", "End": true},
    "CatchAllFallback": {"Type": "Pass", "End": true}
  }
}
