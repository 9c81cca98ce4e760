%%writefile quote.asl.json
{
  "StartAt": "Price",
  "States": {
    "Price": {
      "QueryLanguage": "JSONata",
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {
        "FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:price-check:$LATEST",
        "Payload": {
          "symbol": "{% $states.input.order.symbol %}",
          "quantity": "{% $states.input.order.quantity %}"
        }
      },
      "Assign": {
        "customer": "{% $states.input.customer %}",
        "quantity": "{% $states.input.order.quantity %}",
        "price": "{% $states.result.Payload.price %}"
      },
      "Output": "{% $states.input %}",
      "Next": "Total"
    },
    "Total": {
      "QueryLanguage": "JSONata",
      "Type": "Pass",
      "Output": {
        "execution": "{% $states.context.Execution.Name %}",
        "customer": "{% $customer %}",
        "total": "{% $price * $quantity %}"
      },
      "Next": "Done"
    },
    "Done": {"Type": "Succeed"}
  }
}
