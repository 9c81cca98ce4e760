%%writefile book-order.asl.json
{
  "StartAt": "Book",
  "States": {
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-east-1:123456789012:function:trade-desk",
      "ResultPath": "$.booking",
      "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "TellCustomer"}],
      "End": true
    },
    "TellCustomer": {"Type": "Pass", "End": true}
  }
}
