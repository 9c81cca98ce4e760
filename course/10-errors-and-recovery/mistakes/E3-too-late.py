# hint: Look at the input of `TellCustomer`. Is the order still there?
%%writefile book-order.asl.json
{
  "StartAt": "Book",
  "States": {
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "trade-desk", "Payload.$": "$"},"ResultPath": "$.booking", "ResultSelector": {"receipt.$": "$.Payload.receipt"},
      "Catch": [
        {"ErrorEquals": ["States.TaskFailed"], "Next": "TellCustomer"}
      ],
      "End": true
    },
    "TellCustomer": {"Type": "Pass", "ResultPath": "$.problem", "End": true}
  }
}
