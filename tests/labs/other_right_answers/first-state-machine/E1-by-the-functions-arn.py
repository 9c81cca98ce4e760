%%writefile trade.asl.json
{
  "Comment": "The older form of a Task: its result is the function's own answer",
  "StartAt": "Price",
  "States": {
    "Book": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-east-1:123456789012:function:book-trade",
      "Next": "Done"
    },
    "Price": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-east-1:123456789012:function:price-check",
      "Next": "Book"
    },
    "Done": {"Type": "Succeed"}
  }
}
