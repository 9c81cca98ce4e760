# hint: Send a quantity of -1. What is the status of the execution?
%%writefile trade.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Price",
  "States": {
    "Price": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "price-check", "Payload": "{% $states.input %}"},
      "Output": "{% $states.result.Payload %}",
      "Next": "Book"
    },
    "Book": {
      "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "book-trade", "Payload": "{% $states.input %}"},
      "Output": "{% $states.result.Payload %}", "End": true,
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Over"}]
    },
    "Over": {"Type": "Succeed"}
  }
}
