# hint: What did Catch write over?
%%writefile book-order.asl.json
{
  "StartAt": "Book",
  "States": {
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "trade-desk", "Payload.$": "$"},
      "ResultSelector": {"receipt.$": "$.Payload.receipt"},
      "ResultPath": "$.booking",
      "Catch": [
        {"ErrorEquals": ["States.TaskFailed"], "Next": "TellCustomer"}
      ],
      "End": true
    },
    "TellCustomer": {"Type": "Pass", "End": true}
  }
}
