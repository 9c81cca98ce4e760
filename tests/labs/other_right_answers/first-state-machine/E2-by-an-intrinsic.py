%%writefile hello.asl.json
{
  "StartAt": "Hello",
  "States": {
    "Hello": {
      "Type": "Pass",
      "Parameters": {"first": "Hello", "second": "World"},
      "ResultPath": "$.words",
      "Assign": {"given.$": "$$.Execution.Input"},
      "Next": "World"
    },
    "World": {
      "Type": "Pass",
      "Parameters": {"all.$": "States.JsonMerge($given, $.words, false)"},
      "OutputPath": "$.all",
      "End": true
    }
  }
}
