# hint: How long does your machine wait for a function that hangs?
%%writefile order-desk.asl.json
{
  "StartAt": "HelloWorld",
  "States": {
    "HelloWorld": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "trade-desk", "Payload": {"fault.$": "$.fault"}},
      "Catch": [
        {"ErrorEquals": ["CustomError"], "Next": "CustomErrorFallback"},
        {"ErrorEquals": ["States.Timeout"], "Next": "TimeoutFallback"},
        {"ErrorEquals": ["States.TaskFailed"], "Next": "ReservedTypeFallback"},
        {"ErrorEquals": ["States.ALL"], "Next": "CatchAllFallback"}
      ],
      "End": true
    },
    "CustomErrorFallback": {"Type": "Pass", "End": true},
    "TimeoutFallback": {"Type": "Pass", "End": true},
    "ReservedTypeFallback": {"Type": "Pass", "End": true},
    "CatchAllFallback": {"Type": "Pass", "End": true}
  }
}
