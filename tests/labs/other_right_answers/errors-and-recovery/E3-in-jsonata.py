%%writefile book-order.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Book",
  "States": {
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "trade-desk", "Payload": "{% $states.input %}"},
      "Output": "{% $merge([$states.input, {'booking': $states.result.Payload}]) %}",
      "Catch": [
        {
          "ErrorEquals": ["States.ALL"],
          "Output": "{% $merge([$states.input, {'problem': $states.errorOutput}]) %}",
          "Next": "Tell the customer"
        }
      ],
      "Next": "Booked"
    },
    "Booked": {"Type": "Succeed"},
    "Tell the customer": {"Type": "Pass", "End": true}
  }
}
