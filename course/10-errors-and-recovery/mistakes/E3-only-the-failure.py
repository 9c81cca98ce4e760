# hint: Run it without a fault. Is the order in the output?
%%writefile book-order.asl.json
{
  "StartAt": "Book",
  "States": {
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "trade-desk", "Payload.$": "$"},
      "Catch": [
        {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.problem", "Next": "TellCustomer"}
      ],
      "End": true
    },
    "TellCustomer": {"Type": "Pass", "End": true}
  }
}
