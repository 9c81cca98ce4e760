# hint: Send it `{}`. Which error does your machine get: `States.Runtime`, or one with Query in its name?
%%writefile order-desk.asl.json
{"QueryLanguage": "JSONata",
  "StartAt": "HelloWorld",
  "States": {
    "HelloWorld": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "TimeoutSeconds": 5,
      "Arguments": {"FunctionName": "trade-desk", "Payload": {"fault": "{% $states.input.fault %}"}},
      "Catch": [{"ErrorEquals": ["CustomError"], "Next": "CustomErrorFallback"},{"ErrorEquals": ["States.Timeout"], "Next": "TimeoutFallback"},{"ErrorEquals": ["States.TaskFailed"], "Next": "ReservedTypeFallback"},{"ErrorEquals": ["States.ALL"], "Next": "CatchAllFallback"}],
      "End": true
    },
    "CustomErrorFallback": {"Type": "Pass", "End": true},
    "TimeoutFallback": {"Type": "Pass", "End": true},
    "ReservedTypeFallback": {"Type": "Pass", "End": true},
    "CatchAllFallback": {"Type": "Pass", "End": true}
  }
}
