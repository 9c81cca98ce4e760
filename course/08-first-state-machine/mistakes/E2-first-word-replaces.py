# hint: The second state has a ResultPath. Into what does it write: what came out of the first state?
%%writefile hello.asl.json
{
  "StartAt": "Hello",
  "States": {
    "Hello": {"Type": "Pass", "Result": "Hello", "Next": "World"},
    "World": {"Type": "Pass", "Result": "World", "ResultPath": "$.second", "End": true}
  }
}
