# hint: Who takes a time-out in your machine: a catcher that names it, or the one for everything?
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
        {"ErrorEquals": ["Timeout"], "Next": "TimeoutFallback"},
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
