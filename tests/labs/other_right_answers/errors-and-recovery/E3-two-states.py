%%writefile book-order.asl.json
{
  "StartAt": "Book",
  "States": {
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "trade-desk", "Payload.$": "$"},
      "ResultPath": "$.answer",
      "Catch": [
        {"ErrorEquals": ["NoStock"], "ResultPath": "$.problem", "Next": "TellCustomer"},
        {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.problem", "Next": "TellCustomer"}
      ],
      "Next": "Unpack"
    },
    "Unpack": {
      "Type": "Pass",
      "QueryLanguage": "JSONata",
      "Output": "{% $merge([$sift($states.input, function($v, $k) {$k != 'answer'}), {'booking': $states.input.answer.Payload}]) %}",
      "End": true
    },
    "TellCustomer": {"Type": "Pass", "End": true}
  }
}
