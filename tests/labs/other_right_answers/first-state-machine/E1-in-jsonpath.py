%%writefile trade.asl.json
{
  "StartAt": "Ask the price",
  "States": {
    "Ask the price": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "price-check", "Payload.$": "$"},
      "OutputPath": "$.Payload",
      "Next": "Book the trade"
    },
    "Book the trade": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "book-trade", "Payload.$": "$"},
      "ResultSelector": {"symbol.$": "$.Payload.symbol", "total.$": "$.Payload.total"},
      "End": true
    }
  }
}
