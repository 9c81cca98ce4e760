# hint: `Book` asks for `$states.result`. When is there a result: before the task, or after it?
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
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "book-trade", "Payload": "{% $states.result.Payload %}"},
      "Output": "{% $states.result.Payload %}",
      "End": true
    }
  }
}
