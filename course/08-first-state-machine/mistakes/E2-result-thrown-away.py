# hint: The input is all there. Where are the words?
%%writefile hello.asl.json
{
  "StartAt": "Hello",
  "States": {
    "Hello": {
      "Type": "Pass",
      "Result": "Hello",
      "ResultPath": null,
      "Next": "World"
    },
    "World": {
      "Type": "Pass",
      "Result": "World",
      "ResultPath": null,
      "End": true
    }
  }
}
