%%writefile trade.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Price",
  "States": {
    "Price": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {
        "FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:price-check",
        "Payload": {"symbol": "{% $states.input.symbol %}", "quantity": "{% $states.input.quantity %}"}
      },
      "Assign": {"priced": "{% $states.result.Payload %}"},
      "Next": "Book"
    },
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "book-trade", "Payload": "{% $priced %}"},
      "Next": "Give it out"
    },
    "Give it out": {"Type": "Pass", "Output": "{% $states.input.Payload %}", "End": true}
  }
}
