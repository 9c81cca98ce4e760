# hint: The order is there. Where is the error?
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
        {"ErrorEquals": ["States.TaskFailed"], "ResultPath": null, "Next": "TellCustomer"}
      ],
      "End": true
    },
    "TellCustomer": {"Type": "Pass", "End": true}
  }
}
