%%writefile hello.asl.json
{
  "StartAt": "World",
  "States": {
    "Hello": {"Type": "Pass", "Result": "Hello", "ResultPath": "$.first", "Next": "Done"},
    "World": {"Type": "Pass", "Result": "World", "ResultPath": "$['second']", "Next": "Hello"},
    "Done": {"Type": "Succeed"}
  }
}
