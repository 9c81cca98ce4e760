# hint: Two words, one place. Which of the two stays?
%%writefile hello.asl.json
{
  "StartAt": "Hello",
  "States": {
    "Hello": {
      "Type": "Pass",
      "Result": "Hello",
      "ResultPath": "$.word",
      "Next": "World"
    },
    "World": {
      "Type": "Pass",
      "Result": "World",
      "ResultPath": "$.word",
      "End": true
    }
  }
}
