# hint: `price-check` reads `event['symbol']`. What does your `Payload` give it?
%%writefile quote.asl.json
{
  "QueryLanguage": "JSONata",
  "StartAt": "Price",
  "States": {
    "Price": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "price-check", "Payload": "{% $states.input %}"},
      "Output": "{% $states.input %}",
      "Assign": {"price": "{% $states.result.Payload.price %}"},
      "Next": "Total"
    },
    "Total": {
      "Type": "Pass",
      "Output": {
        "customer": "{% $states.input.customer %}",
        "total": "{% $price * $states.input.order.quantity %}",
        "execution": "{% $states.context.Execution.Name %}"
      },
      "End": true
    }
  }
}
